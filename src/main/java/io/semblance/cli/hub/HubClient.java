package io.semblance.cli.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a hub over HTTP. The token goes to the endpoint alone, and only where nobody on the way can
 * read it: a request that was redirected elsewhere carries none any more. Each call blocks; for one
 * thread.
 */
final class HubClient implements AutoCloseable {
  private static final int LISTING_BYTES_MAX = 32 << 20;

  /** Of a redirect's text, which is read so that the connection can be used again. */
  private static final int REMARK_BYTES_MAX = 1 << 14;

  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HubEndpoint endpoint;
  private final @Nullable String token;
  private final TransferLimits limits;
  private final HttpClient client;
  private boolean reached;

  /**
   * @param token by which the hub knows the user
   * @throws IllegalArgumentException if the token cannot be sent; the message does not tell it
   */
  HubClient(HubEndpoint endpoint, Optional<String> token, TransferLimits limits) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.token = token.map(String::strip).filter(one -> !one.isEmpty()).orElse(null);
    if (this.token != null && !this.token.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException(
          "HF_TOKEN holds characters that no token has: set it to the token as the hub shows it");
    }
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // one transfer at a time: nothing to share
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(limits.connectTimeLimit())
            .build();
  }

  HubEndpoint endpoint() {
    return endpoint;
  }

  TransferLimits limits() {
    return limits;
  }

  /**
   * A JSON document.
   *
   * @param next where the listing goes on; null if it ends here
   */
  record Page(JsonNode content, @Nullable URI next) {}

  /**
   * Returns the document at {@code uri}.
   *
   * @param repository that it is about, for messages
   * @throws HubException if the hub cannot be reached or does not give it
   */
  Page page(URI uri, String repository, Attempts attempts)
      throws HubException, InterruptedException {
    while (true) {
      try {
        return readPage(uri, repository);
      } catch (HubException e) {
        if (!reached) {
          throw e; // whoever has mistyped the address wants to know at once
        }
        attempts.failed(e);
      }
    }
  }

  private Page readPage(URI uri, String repository) throws HubException, InterruptedException {
    byte[] bytes;
    URI source;
    String link;
    try (Answer answer = open(uri, repository, null)) {
      source = answer.source();
      link = String.join(",", answer.headers().allValues("Link"));
      bytes = answer.body().readNBytes(LISTING_BYTES_MAX + 1);
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      throw HubFailures.interrupted(uri, e);
    }
    if (bytes.length > LISTING_BYTES_MAX) {
      throw HubException.lasting(
          "%s answers more than %d bytes".formatted(source, LISTING_BYTES_MAX),
          HubFailures.ANOTHER);
    }
    Matcher next = NEXT.matcher(link);
    try {
      JsonNode content = MAPPER.readTree(bytes);
      return new Page(content, next.find() ? resolve(source, next.group(1)) : null);
    } catch (JsonProcessingException e) {
      throw HubFailures.noHub(endpoint, source, e);
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory can be read", e);
    }
  }

  /**
   * What was answered, with status 200, 206 or 416; to be closed.
   *
   * @param source which gave it, after redirects
   */
  record Answer(URI source, int status, HttpHeaders headers, InputStream body)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /**
   * Asks for {@code start} and follows redirects.
   *
   * @param repository that it is about, for messages
   * @param range of bytes, as HTTP writes it; null for all of them
   * @throws HubException if the hub cannot be reached or does not give it
   */
  Answer open(URI start, String repository, @Nullable String range)
      throws HubException, InterruptedException {
    URI uri = start;
    boolean trusted = endpoint.isConfidential();
    for (int redirects = 0; redirects <= limits.redirectsMax(); redirects++) {
      trusted &= endpoint.isOriginOf(uri);
      HttpResponse<InputStream> response = send(uri, trusted, range);
      Answer answer =
          new Answer(
              uri,
              response.statusCode(),
              response.headers(),
              new GuardedBody(response.body(), limits.stallTimeLimit()));
      Optional<String> location = answer.headers().firstValue("Location");
      if (REDIRECTS.contains(answer.status()) && location.isPresent()) {
        discard(answer);
        uri = resolve(uri, location.get());
        continue;
      }
      boolean given = answer.status() == 200 || answer.status() == 206;
      if (!given && !(range != null && answer.status() == RANGE_NOT_SATISFIABLE)) {
        discard(answer);
        throw new HubFailures(endpoint, repository, tokenUse()).of(answer);
      }
      return answer;
    }
    throw HubException.lasting(
        "%s redirects more than %d times".formatted(start, limits.redirectsMax()),
        HubFailures.ANOTHER);
  }

  private HttpResponse<InputStream> send(URI uri, boolean trusted, @Nullable String range)
      throws HubException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(limits.stallTimeLimit())
            .header("User-Agent", "Semblance")
            .header("Accept-Encoding", "identity"); // sizes and ranges are the file's own
    if (trusted && token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    if (range != null) {
      request.header("Range", range);
    }
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      reached = true;
      return response;
    } catch (IOException e) {
      throw HubFailures.unreachable(uri, e);
    }
  }

  private HubFailures.TokenUse tokenUse() {
    if (token == null) {
      return HubFailures.TokenUse.NONE;
    }
    return endpoint.isConfidential() ? HubFailures.TokenUse.SENT : HubFailures.TokenUse.WITHHELD;
  }

  /** Reads what little there is, so that the next request finds the connection open. */
  private static void discard(Answer answer) throws HubException {
    try (answer) {
      answer.body().readNBytes(REMARK_BYTES_MAX);
    } catch (IOException e) {
      throw HubFailures.interrupted(answer.source(), e);
    }
  }

  private static URI resolve(URI from, String location) throws HubException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw HubException.lasting(
          "%s leads to something that is no address".formatted(from), HubFailures.ANOTHER, e);
    }
    String scheme = HubEndpoint.scheme(target);
    boolean weaker = HubEndpoint.scheme(from).equals("https") && !scheme.equals("https");
    if (weaker || target.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw HubException.lasting(
          "%s leads to %s, which is not as safe"
              .formatted(from, HubException.printable(target.toString())),
          HubFailures.ANOTHER);
    }
    return target;
  }

  /** Ends every transfer. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
