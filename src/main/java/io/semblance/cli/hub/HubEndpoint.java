package io.semblance.cli.hub;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a hub is, and where on it repositories and their files are.
 *
 * @param base without a slash at its end
 */
public record HubEndpoint(URI base) {
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1]|\\[0:0:0:0:0:0:0:1]");

  /**
   * Reads an endpoint as people write it.
   *
   * @throws IllegalArgumentException if it is no http or https address; the message says why
   */
  public static HubEndpoint parse(String text) {
    URI uri;
    try {
      uri = URI.create(text.strip().replaceFirst("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw refused("is no address", e);
    }
    if (uri.getHost() == null || !Set.of("http", "https").contains(scheme(uri))) {
      throw refused("\"%s\" is no http or https address".formatted(text), null);
    }
    if (uri.getRawUserInfo() != null) {
      throw refused("may hold no user name or password", null);
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused("\"%s\" may hold no query or fragment".formatted(text), null);
    }
    return new HubEndpoint(uri);
  }

  private static IllegalArgumentException refused(String reason, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "the hub's address (--endpoint, HF_ENDPOINT) %s: say https://huggingface.co or a mirror's like it"
            .formatted(reason),
        cause);
  }

  /** Returns where the hub tells what a revision of a repository is. */
  URI revision(String repository, String revision) {
    return at("/api/models/%s/revision/%s".formatted(repository, encode(revision)));
  }

  /** Returns where the hub lists the files of a commit. */
  URI tree(String repository, String commit) {
    return at("/api/models/%s/tree/%s?recursive=true".formatted(repository, encode(commit)));
  }

  /** Returns where the hub has a file of a commit. */
  URI file(String repository, String commit, String path) {
    String encoded =
        Arrays.stream(path.split("/")).map(HubEndpoint::encode).collect(Collectors.joining("/"));
    return at("/%s/resolve/%s/%s".formatted(repository, encode(commit), encoded));
  }

  private URI at(String path) {
    return URI.create(base + path);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Returns whether scheme, host and port of {@code uri} are the endpoint's. */
  boolean isOriginOf(URI uri) {
    return uri.getHost() != null
        && scheme(uri).equals(scheme(base))
        && uri.getHost().equalsIgnoreCase(base.getHost())
        && port(uri) == port(base);
  }

  /** Returns whether nobody on the way to the endpoint can read what is sent. */
  boolean isConfidential() {
    return scheme(base).equals("https") || LOOPBACK.matcher(base.getHost()).matches();
  }

  static String scheme(URI uri) {
    return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : scheme(uri).equals("https") ? 443 : 80;
  }

  @Override
  public String toString() {
    return base.toString();
  }
}
