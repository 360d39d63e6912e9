package io.semblance.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks a running service over REST. A mixin: it has the option that says where the service is. */
final class ServiceClient {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(60);
  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--url",
      defaultValue = "${env:SEMBLANCE_URL:-http://localhost:8080}",
      description = "The service; $SEMBLANCE_URL or ${DEFAULT-VALUE}.")
  private String url = "";

  /** Sends an image; {@code query} is what a query string says, each name with its values. */
  JsonNode postImage(String path, Map<String, List<String>> query, byte[] image)
      throws IOException, InterruptedException {
    return send(
        request(path + "?" + encode(query))
            .header("Content-Type", "image/*")
            .POST(HttpRequest.BodyPublishers.ofByteArray(image)));
  }

  /** Returns where the service is. */
  String url() {
    return url;
  }

  /** Asks for a JSON document. */
  JsonNode getJson(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  /** Sends a JSON document. */
  JsonNode postJson(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body))));
  }

  /** Asks for something to be deleted. */
  JsonNode delete(String path, Map<String, List<String>> query)
      throws IOException, InterruptedException {
    return send(request(path + "?" + encode(query)).DELETE());
  }

  /** Returns {@code segment} as a part of a path, in which a slash is no separator. */
  static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String encode(Map<String, List<String>> query) {
    return query.entrySet().stream()
        .flatMap(one ->
            one.getValue().stream()
                .map(
                    value -> one.getKey() + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)))
        .collect(Collectors.joining("&"));
  }

  private HttpRequest.Builder request(String path) {
    try {
      return HttpRequest.newBuilder(URI.create(url + path));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--url is \"%s\": say http://localhost:8080".formatted(url), e);
    }
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response;
    try (HttpClient client = HttpClient.newHttpClient()) {
      response =
          client.send(request.timeout(TIME_LIMIT).build(), HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new IOException(
          "no service answers at %s: start one (./semblance serve) or name another with --url"
              .formatted(url),
          e);
    } catch (HttpTimeoutException e) {
      throw new IOException(
          "the service at %s did not answer within %d s: look at its log"
              .formatted(url, TIME_LIMIT.toSeconds()),
          e);
    }
    JsonNode answer = MAPPER.readTree(response.body());
    if (response.statusCode() != OK && response.statusCode() != ACCEPTED) {
      String detail = answer.path("detail").asText(answer.path("title").asText(response.body()));
      throw new IllegalStateException(
          "the service answers %d: %s".formatted(response.statusCode(), detail));
    }
    return answer;
  }
}
