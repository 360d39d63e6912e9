package io.semblance.image;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
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
  public FetchRules {
    allowedHosts =
        allowedHosts.stream()
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .filter(host -> !host.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
    if (bytesMax < 1 || timeLimit.isNegative() || timeLimit.isZero() || redirectsMax < 0) {
      throw new IllegalArgumentException(
          "fetching at most %d bytes in %s with %d redirects: impossible limits"
              .formatted(bytesMax, timeLimit, redirectsMax));
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
