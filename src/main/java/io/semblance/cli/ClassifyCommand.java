package io.semblance.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Classifies an image through the service's REST interface. */
@Command(
    name = "classify",
    description =
        "Tell which of some labels fits an image; takes a service whose model has a text tower.",
    mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {
  private static final String PATH = "/v1/classify";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ServiceClient service;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Picture picture = new Picture();

  /** What is classified. */
  static final class Picture {
    @Parameters(paramLabel = "IMAGE", description = "An image file.")
    private @Nullable Path image;

    @Option(names = "--id", paramLabel = "ID", description = "The id of an indexed image.")
    private @Nullable String id;
  }

  @Option(
      names = "--labels",
      required = true,
      split = ",",
      paramLabel = "LABEL",
      description = "What the image may show, with commas between; may be repeated.")
  private List<String> labels = List.of();

  @Option(
      names = "--template",
      paramLabel = "TEXT",
      description = "Makes a caption of a label, which takes the place of {}: a photo of a {}.")
  private @Nullable String template;

  @Option(names = "--tenant", description = "The tenant whose image --id names.")
  private String tenant = "";

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model that judges; by default the first with a text tower.")
  private @Nullable String model;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    JsonNode answer = ask();
    for (JsonNode label : answer.path("labels")) {
      out.println(
          json.json
              ? MAPPER.writeValueAsString(label)
              : String.format(
                  Locale.ROOT,
                  "%6.2f%%  %7.4f  %s",
                  100 * label.path("probability").asDouble(),
                  label.path("similarity").asDouble(),
                  label.path("label").asText()));
    }
    out.flush();
    if (!answer.path("labels").findValues("textTruncated").isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("semblance: labels are longer than the model reads, so their ends do not count");
    }
    if (answer.path("lowInformation").asBoolean()) {
      spec.commandLine()
          .getErr()
          .println("semblance: the picture carries no information, so this says little");
    }
    return 0;
  }

  private JsonNode ask() throws IOException, InterruptedException {
    if (picture.image != null) {
      Map<String, List<String>> parameters = new LinkedHashMap<>();
      parameters.put("label", labels);
      if (template != null) {
        parameters.put("template", List.of(template));
      }
      if (model != null) {
        parameters.put("model", List.of(model));
      }
      return service.postImage(
          PATH, parameters, new InputFile(picture.image).read(InputFile.SENT_BYTES_MAX));
    }
    ObjectNode body = MAPPER.createObjectNode().put("id", picture.id).put("tenant", tenant);
    labels.forEach(body.putArray("labels")::add);
    if (template != null) {
      body.put("template", template);
    }
    if (model != null) {
      body.put("model", model);
    }
    return service.postJson(PATH, body);
  }
}
