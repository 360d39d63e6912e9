package io.semblance.image;

import java.time.Duration;
import java.util.List;

/**
 * What may be fetched, and what one fetch may cost. By default nothing may.
 *
 * <p>An entry of {@code allowedHosts} is a host name, an address ({@code 10.1.2.3}, {@code
 * [fd00::1]}) or an address block ({@code 10.0.0.0/8}), with an optional port ({@code
 * cdn.example.org:8443}); without one it stands for port 80 of http and 443 of https. A host name
 * is matched exactly. An address that is not on the public internet is refused even for an allowed
 * name, unless an address or block entry covers it.
 *
 * @param allowedHosts the entries; empty refuses everything
 * @param maxBytes largest body, in bytes
 * @param timeout for the whole fetch: resolving, every redirect, and the body
 * @param maxRedirects most redirects followed; each is checked like the first address
 */
public record FetchRules(
    List<String> allowedHosts, int maxBytes, Duration timeout, int maxRedirects) {
  /** The configuration property that messages name. */
  public static final String ALLOWED_HOSTS_PROPERTY = "semblance.image.fetch.allowed-hosts";

  /** Time limit of one fetch. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** In redirects. */
  public static final int DEFAULT_MAX_REDIRECTS = 3;

  public FetchRules {
    allowedHosts = List.copyOf(allowedHosts);
    allowedHosts.forEach(AllowedHost::parse);
    if (maxBytes < 1) {
      throw new IllegalArgumentException("maxBytes must be at least 1 byte, but is " + maxBytes);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, but is " + timeout);
    }
    if (maxRedirects < 0) {
      throw new IllegalArgumentException("maxRedirects must not be negative: " + maxRedirects);
    }
  }

  /** Returns rules that refuse everything, with the default limits. */
  public static FetchRules defaults() {
    return new FetchRules(
        List.of(), ImageLimits.DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT, DEFAULT_MAX_REDIRECTS);
  }
}
