package io.semblance.image;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Which addresses belong to the public internet. */
final class AddressRules {
  private AddressRules() {}

  /**
   * Returns whether a stranger's reference may make the service connect to {@code address}: not to
   * itself, its network, its cloud's metadata, or anything else that is not globally reachable.
   */
  static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    return address instanceof Inet6Address ? isPublic6(bytes) : isPublic4(bytes);
  }

  private static boolean isPublic4(byte[] bytes) {
    int first = bytes[0] & 0xFF;
    int second = bytes[1] & 0xFF;
    int third = bytes[2] & 0xFF;
    boolean thisNetwork = first == 0;
    boolean sharedByCarrier = first == 100 && (second & 0xC0) == 64;
    boolean protocolAssignments = first == 192 && second == 0 && (third == 0 || third == 2);
    boolean benchmarks = first == 198 && (second & 0xFE) == 18;
    boolean documentation =
        (first == 198 && second == 51 && third == 100)
            || (first == 203 && second == 0 && third == 113);
    boolean reserved = first >= 240;
    return !(thisNetwork
        || sharedByCarrier
        || protocolAssignments
        || benchmarks
        || documentation
        || reserved);
  }

  /** Only 2000::/3 is global; within it, tunnels carry an IPv4 address of anybody's choice. */
  private static boolean isPublic6(byte[] bytes) {
    boolean global = (bytes[0] & 0xE0) == 0x20;
    boolean sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02;
    boolean teredoAndOthers = bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] & 0xFE) == 0;
    boolean documentation =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && (bytes[3] & 0xFF) == 0xB8;
    return global && !sixToFour && !teredoAndOthers && !documentation;
  }
}
