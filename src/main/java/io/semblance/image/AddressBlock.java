package io.semblance.image;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * A block of IP addresses, such as {@code 10.0.0.0/8}.
 *
 * @param network address bytes, four or sixteen
 * @param prefixBits leading bits that count
 */
record AddressBlock(byte[] network, int prefixBits) {
  /**
   * Everything that is not a public unicast address (IANA special-purpose registries, RFC 6890),
   * and the IPv6 blocks that carry an IPv4 address inside. Java itself turns IPv4-mapped IPv6
   * addresses into IPv4 ones.
   */
  private static final List<AddressBlock> NOT_PUBLIC =
      Stream.of(
              "0.0.0.0/8", // this host
              "10.0.0.0/8", // private
              "100.64.0.0/10", // carrier-grade NAT
              "127.0.0.0/8", // loopback
              "169.254.0.0/16", // link-local, cloud metadata
              "172.16.0.0/12", // private
              "192.0.0.0/24", // protocol assignments
              "192.0.2.0/24", // documentation
              "192.88.99.0/24", // 6to4 relays
              "192.168.0.0/16", // private
              "198.18.0.0/15", // benchmarks
              "198.51.100.0/24", // documentation
              "203.0.113.0/24", // documentation
              "224.0.0.0/4", // multicast
              "240.0.0.0/4", // reserved, broadcast
              "::/8", // any-local, loopback, IPv4-compatible
              "64:ff9b::/32", // NAT64
              "100::/32", // discard-only, dummy
              "2001::/23", // protocol assignments, Teredo
              "2001:db8::/32", // documentation
              "2002::/16", // 6to4
              "3fff::/20", // documentation
              "5f00::/16", // segment routing
              "fc00::/7", // unique-local
              "fe80::/10", // link-local
              "fec0::/10", // site-local
              "ff00::/8") // multicast
          .map(AddressBlock::parse)
          .toList();

  /**
   * Reads {@code address} or {@code address/bits}; IPv6 without brackets. Never asks a name server.
   *
   * @throws IllegalArgumentException if {@code text} is neither
   */
  static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    byte[] address =
        InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)).getAddress();
    int bits = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
    if (bits < 0 || bits > address.length * 8) {
      throw new IllegalArgumentException(text + " has a prefix length that its address lacks");
    }
    return new AddressBlock(address, bits);
  }

  boolean contains(InetAddress address) {
    byte[] other = address.getAddress();
    if (other.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if (((other[bit >> 3] ^ network[bit >> 3]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  static boolean isPublic(InetAddress address) {
    return NOT_PUBLIC.stream().noneMatch(block -> block.contains(address));
  }
}
