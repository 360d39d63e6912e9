package io.semblance.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.semblance.event.VectorSerde;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Searches through the service's REST interface. */
@Command(
    name = "search",
    description = "Find the images most like an image, an indexed image or a vector.",
    mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(60);
  private static final long FILE_BYTES_MAX = 100L << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Query query = new Query();

  /** What is searched for. */
  static final class Query {
    @Option(names = "--image", paramLabel = "FILE", description = "An image file.")
    private @Nullable Path image;

    @Option(names = "--id", paramLabel = "ID", description = "The id of an indexed image.")
    private @Nullable String id;

    @Option(
        names = "--vector",
        paramLabel = "FILE",
        description = "A file with a vector: float32, little-endian.")
    private @Nullable Path vector;
  }

  @Option(
      names = {"-k", "--limit"},
      paramLabel = "N",
      defaultValue = "10",
      description = "Most results; ${DEFAULT-VALUE} by default.")
  private int limit;

  @Option(names = "--threshold", paramLabel = "T", description = "Lowest similarity shown.")
  private @Nullable Float threshold;

  @Option(names = "--tenant", description = "The tenant whose images are searched.")
  private String tenant = "";

  @Option(
      names = "--url",
      defaultValue = "${env:SEMBLANCE_URL:-http://localhost:8080}",
      description = "The service; $SEMBLANCE_URL or ${DEFAULT-VALUE}.")
  private String url = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    HttpResponse<String> response = ask();
    PrintWriter out = spec.commandLine().getOut();
    JsonNode answer = MAPPER.readTree(response.body());
    if (response.statusCode() != 200) {
      String detail = answer.path("detail").asText(answer.path("title").asText(response.body()));
      throw new IllegalStateException(
          "the service answers %d: %s".formatted(response.statusCode(), detail));
    }
    for (JsonNode match : answer.path("matches")) {
      out.println(
          json.json
              ? MAPPER.writeValueAsString(match)
              : String.format(
                  Locale.ROOT,
                  "%.4f  %s",
                  match.path("similarity").asDouble(),
                  match.path("imageId").asText()));
    }
    if (answer.path("matches").isEmpty() && !json.json) {
      out.println(
          answer.path("verdict").asText().equals("LOW_INFORMATION")
              ? "the picture carries no information and matches nothing"
              : "nothing is similar enough");
    }
    out.flush();
    if (answer.path("partial").asBoolean()) {
      spec.commandLine()
          .getErr()
          .println("semblance: the answer is partial, shards: " + answer.path("shards"));
      return 1;
    }
    return 0;
  }

  private HttpResponse<String> ask() throws IOException, InterruptedException {
    HttpRequest.Builder request;
    if (query.image != null) {
      request =
          request("?" + parameters())
              .header("Content-Type", "image/*")
              .POST(HttpRequest.BodyPublishers.ofByteArray(read(query.image)));
    } else {
      request =
          request("")
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body())));
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.timeout(TIME_LIMIT).build(), HttpResponse.BodyHandlers.ofString());
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
  }

  private HttpRequest.Builder request(String parameters) {
    try {
      return HttpRequest.newBuilder(URI.create(url + "/v1/search" + parameters));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--url is \"%s\": say http://localhost:8080".formatted(url), e);
    }
  }

  private static byte[] read(Path file) throws IOException {
    return new InputFile(file).read(FILE_BYTES_MAX);
  }

  private String parameters() {
    StringBuilder parameters = new StringBuilder("k=" + limit);
    if (threshold != null) {
      parameters.append("&threshold=").append(threshold);
    }
    if (!tenant.isEmpty()) {
      parameters.append("&tenant=").append(URLEncoder.encode(tenant, StandardCharsets.UTF_8));
    }
    return parameters.toString();
  }

  private ObjectNode body() throws IOException {
    ObjectNode body = MAPPER.createObjectNode().put("k", limit);
    if (threshold != null) {
      body.put("threshold", threshold);
    }
    if (!tenant.isEmpty()) {
      body.put("tenant", tenant);
    }
    if (query.id != null) {
      body.put("id", query.id);
    } else if (query.vector != null) {
      var vector = body.putArray("vector");
      for (float component : VectorSerde.fromBytes(read(query.vector))) {
        vector.add(component);
      }
    }
    return body;
  }
}
