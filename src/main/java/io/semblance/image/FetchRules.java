package io.semblance.image;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * From where, and how much, may be fetched.
 *
 * @param allowedHosts {@code host}, {@code host:port} or {@code *.domain}; empty means nothing may
 *     be fetched. Without a port, every port of the host is meant. A private or loopback address is
 *     connected to only if it is itself listed, and then on the listed port alone if there is one.
 * @param bytesMax most bytes of one image
 * @param timeLimit for one image, redirects included
 * @param redirectsMax most redirects followed, each under the same rules
 */
public record FetchRules(
    Set<String> allowedHosts, int bytesMax, Duration timeLimit, int redirectsMax) {
  private static final Pattern ENTRY =
      Pattern.compile(
          "(?<host>(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[0-9a-f:.]+])(:(?<port>\\d{1,5}))?");
  private static final int PORT_MAX = 65_535;

  public FetchRules {
    allowedHosts =
        allowedHosts.stream()
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    allowedHosts.forEach(FetchRules::requireWellFormed);
    if (bytesMax < 1) {
      throw new IllegalArgumentException(
          "semblance.image.bytes-max is %d: it must be at least 1".formatted(bytesMax));
    }
    if (!timeLimit.isPositive()) {
      throw new IllegalArgumentException(
          "semblance.image.fetch.time-limit is %s: it must be longer than nothing"
              .formatted(timeLimit));
    }
    if (redirectsMax < 0) {
      throw new IllegalArgumentException(
          "semblance.image.fetch.redirects-max is %d: it must be 0 or more"
              .formatted(redirectsMax));
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

  /** Returns whether {@code address} itself is listed, for {@code port} or for every port. */
  boolean lists(InetAddress address, int port) {
    for (String entry : allowedHosts) {
      Matcher matcher = ENTRY.matcher(entry);
      if (matcher.matches()
          && (matcher.group("port") == null || Integer.parseInt(matcher.group("port")) == port)
          && isLiteral(matcher.group("host"), address)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLiteral(String host, InetAddress address) {
    try {
      return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).equals(address);
    } catch (IllegalArgumentException e) {
      return false; // a name
    }
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
