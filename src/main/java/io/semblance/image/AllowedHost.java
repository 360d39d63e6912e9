package io.semblance.image;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One parsed entry of {@link FetchRules#allowedHosts()}.
 *
 * @param name lower-case host name, or the text of the address
 * @param block the address or block, if the entry is one
 * @param port the only port allowed, or 0 for the scheme's own
 */
record AllowedHost(String name, Optional<AddressBlock> block, int port) {
  private static final Pattern ENTRY =
      Pattern.compile(
          "(?:\\[([^\\]]+)\\]|([^:\\[\\]]+|[^:\\[\\]]*(?::[^:\\[\\]]*){2,}))(?::(\\d{1,5}))?");
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+(?:/\\d+)?|.*:.*");
  private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9]([a-z0-9._-]*[a-z0-9])?");

  static AllowedHost parse(String entry) {
    Matcher matcher = ENTRY.matcher(entry.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw invalid(entry);
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    int port = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
    if (port > 0xFFFF || (matcher.group(3) != null && port == 0)) {
      throw invalid(entry);
    }
    if (NUMERIC.matcher(host).matches()) {
      try {
        return new AllowedHost(host, Optional.of(AddressBlock.parse(host)), port);
      } catch (IllegalArgumentException e) {
        throw invalid(entry);
      }
    }
    if (!HOST_NAME.matcher(host).matches()) {
      throw invalid(entry);
    }
    return new AllowedHost(host, Optional.empty(), port);
  }

  private static IllegalArgumentException invalid(String entry) {
    return new IllegalArgumentException(
        "'"
            + entry
            + "' in "
            + FetchRules.ALLOWED_HOSTS_PROPERTY
            + " is not host[:port], address[:port] or address/bits; write for example"
            + " images.example.org, cdn.example.org:8443, [fd00::1]:9000 or 10.0.0.0/8");
  }

  boolean allowsName(String host, int requestedPort, boolean defaultPort) {
    return block.isEmpty() && name.equals(host) && allowsPort(requestedPort, defaultPort);
  }

  boolean allowsAddress(InetAddress address, int requestedPort, boolean defaultPort) {
    return covers(address) && allowsPort(requestedPort, defaultPort);
  }

  /** Whether this entry opens {@code address} to names that other entries allow. */
  boolean covers(InetAddress address) {
    return block.isPresent() && block.get().contains(address);
  }

  private boolean allowsPort(int requestedPort, boolean defaultPort) {
    return port == 0 ? defaultPort : port == requestedPort;
  }
}
