package io.semblance.image;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * From where, and how much, may be fetched.
 *
 * @param allowedHosts {@code host}, {@code host:port} or {@code *.domain}; empty means nothing may
 *     be fetched. A private or loopback address is connected to only if it is itself listed.
 * @param bytesMax most bytes of one image
 * @param timeLimit for one image, redirects included
 * @param redirectsMax most redirects followed, each under the same rules
 */
public record FetchRules(
    Set<String> allowedHosts, int bytesMax, Duration timeLimit, int redirectsMax) {
  private static final Pattern ENTRY =
      Pattern.compile(
          "((\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[0-9a-f:.]+])(:(?<port>\\d{1,5}))?");
  private static final int PORT_MAX = 65_535;

  public FetchRules {
    allowedHosts =
        allowedHosts.stream()
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    allowedHosts.forEach(FetchRules::requireWellFormed);
    if (bytesMax < 1 || timeLimit.isNegative() || timeLimit.isZero() || redirectsMax < 0) {
      throw new IllegalArgumentException(
          "fetching at most %d bytes in %s with %d redirects: impossible limits"
              .formatted(bytesMax, timeLimit, redirectsMax));
    }
  }

  private static void requireWellFormed(String entry) {
    Matcher matcher = ENTRY.matcher(entry);
    if (!matcher.matches()
        || (matcher.group("port") != null
            && (Integer.parseInt(matcher.group("port")) < 1
                || Integer.parseInt(matcher.group("port")) > PORT_MAX))) {
      throw new IllegalArgumentException(
          "semblance.image.fetch.allowed-hosts contains \"%s\": an entry is host, host:port or *.domain"
              .formatted(entry));
    }
  }

  /** Returns the addresses that are listed themselves, with a port or without. */
  Set<InetAddress> listedAddresses() {
    Set<InetAddress> addresses = new HashSet<>();
    for (String entry : allowedHosts) {
      String host = entry.replaceFirst(":\\d{1,5}$", "");
      try {
        addresses.add(InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")));
      } catch (IllegalArgumentException e) {
        continue; // a name
      }
    }
    return addresses;
  }

  boolean allows(String host, int port) {
    String name = host.toLowerCase(Locale.ROOT);
    if (allowedHosts.contains(name) || allowedHosts.contains(name + ":" + port)) {
      return true;
    }
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (allowedHosts.contains("*" + name.substring(dot))) {
        return true;
      }
    }
    return false;
  }
}
