package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A URI that has passed the rules, with the one address it may be fetched from.
 *
 * @param host as in the URI, lower case, IPv6 without brackets
 * @param address resolved once and checked; the connection goes there and nowhere else
 */
record FetchTarget(URI uri, boolean secure, String host, int port, InetAddress address) {

  static FetchTarget check(URI uri, List<AllowedHost> allowed) throws ImageRejectedException {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean secure = scheme.equals("https");
    if (!secure && !scheme.equals("http")) {
      throw forbidden(uri, "only http and https are fetched. Send the image's bytes instead");
    }
    if (uri.getRawUserInfo() != null || uri.getHost() == null || uri.getPort() == 0) {
      throw forbidden(
          uri, "it needs a plain host name and may hold no user name or password. Correct the URI");
    }
    int standard = secure ? 443 : 80;
    int port = uri.getPort() < 0 ? standard : uri.getPort();
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    Optional<InetAddress> literal = literal(host);
    String name = host;
    boolean isAllowed =
        allowed.stream()
            .anyMatch(entry ->
                literal.isPresent()
                    ? entry.allowsAddress(literal.get(), port, port == standard)
                    : entry.allowsName(name, port, port == standard));
    if (!isAllowed) {
      throw forbidden(
          uri,
          "host "
              + uri.getHost()
              + " with port "
              + port
              + " is not allowed. Add it to "
              + FetchRules.ALLOWED_HOSTS_PROPERTY
              + ", or send the image's bytes instead");
    }
    InetAddress address = literal.isPresent() ? literal.get() : resolve(uri, host, allowed);
    return new FetchTarget(uri, secure, host, port, address);
  }

  private static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Every address must pass: one public address must not smuggle in a private one. */
  private static InetAddress resolve(URI uri, String host, List<AllowedHost> allowed)
      throws ImageRejectedException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new ImageRejectedException(
          Reason.REFERENCE_UNREACHABLE,
          "The host " + host + " of the image reference is not known. Correct the URI.",
          e);
    }
    for (InetAddress address : addresses) {
      if (!AddressBlock.isPublic(address)
          && allowed.stream().noneMatch(entry -> entry.covers(address))) {
        throw forbidden(
            uri,
            "host "
                + host
                + " leads to "
                + address.getHostAddress()
                + ", which is not a public address. If that is meant, add the address or its block"
                + " to "
                + FetchRules.ALLOWED_HOSTS_PROPERTY);
      }
    }
    return Arrays.stream(addresses).findFirst().orElseThrow();
  }

  static ImageRejectedException forbidden(URI uri, String cause) {
    return new ImageRejectedException(
        Reason.REFERENCE_FORBIDDEN,
        "The image reference " + shown(uri) + " is refused: " + cause + ".");
  }

  /** Scheme, host, port and path: queries and user names may hold secrets. */
  static String shown(URI uri) {
    return uri.getScheme()
        + "://"
        + uri.getHost()
        + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
        + (uri.getRawPath() == null ? "" : uri.getRawPath());
  }
}
