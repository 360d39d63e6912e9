package io.semblance.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.semblance.event.VectorSerde;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Searches through the service's REST interface. */
@Command(
    name = "search",
    description = "Find the images most like an image, an indexed image, a text or a vector.",
    mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
  private static final String PATH = "/v1/search";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ServiceClient service;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Query query = new Query();

  /** What is searched for. */
  static final class Query {
    @Option(names = "--image", paramLabel = "FILE", description = "An image file.")
    private @Nullable Path image;

    @Option(
        names = "--text",
        paramLabel = "TEXT",
        description = "What the images show; takes a model with a text tower.")
    private @Nullable String text;

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

  @Option(
      names = "--relative-threshold",
      paramLabel = "S",
      description = "Lowest share of the best similarity shown, 0 to 1: 0.9 for texts.")
  private @Nullable Float relativeThreshold;

  @Option(names = "--tenant", description = "The tenant whose images are searched.")
  private String tenant = "";

  @Option(names = "--category", description = "Only images of this category; may be repeated.")
  private List<String> categories = List.of();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "The model that is searched by; by default the one that near-duplicates are told by, for"
              + " texts the first with a text tower, by id the first whose index holds it.")
  private @Nullable String model;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode answer = ask();
    PrintWriter out = spec.commandLine().getOut();
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
    if (answer.path("textTruncated").asBoolean()) {
      spec.commandLine()
          .getErr()
          .println("semblance: the text is longer than the model reads, so its end does not count");
    }
    if (answer.path("partial").asBoolean()) {
      spec.commandLine()
          .getErr()
          .println("semblance: the answer is partial, shards: " + answer.path("shards"));
      return 1;
    }
    return 0;
  }

  private JsonNode ask() throws IOException, InterruptedException {
    return query.image != null
        ? service.postImage(PATH, parameters(), read(query.image))
        : service.postJson(PATH, body());
  }

  private static byte[] read(Path file) throws IOException {
    return new InputFile(file).read(InputFile.SENT_BYTES_MAX);
  }

  private Map<String, List<String>> parameters() {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    parameters.put("k", List.of(Integer.toString(limit)));
    if (threshold != null) {
      parameters.put("threshold", List.of(threshold.toString()));
    }
    if (relativeThreshold != null) {
      parameters.put("relativeThreshold", List.of(relativeThreshold.toString()));
    }
    if (!tenant.isEmpty()) {
      parameters.put("tenant", List.of(tenant));
    }
    if (model != null) {
      parameters.put("model", List.of(model));
    }
    parameters.put("category", categories);
    return parameters;
  }

  private ObjectNode body() throws IOException {
    ObjectNode body = MAPPER.createObjectNode().put("k", limit);
    if (threshold != null) {
      body.put("threshold", threshold);
    }
    if (relativeThreshold != null) {
      body.put("relativeThreshold", relativeThreshold);
    }
    if (!tenant.isEmpty()) {
      body.put("tenant", tenant);
    }
    if (model != null) {
      body.put("model", model);
    }
    if (!categories.isEmpty()) {
      categories.forEach(body.putArray("categories")::add);
    }
    if (query.id != null) {
      body.put("id", query.id);
    } else if (query.text != null) {
      body.put("text", query.text);
    } else if (query.vector != null) {
      var vector = body.putArray("vector");
      for (float component : VectorSerde.fromBytes(read(query.vector))) {
        vector.add(component);
      }
    }
    return body;
  }
}
