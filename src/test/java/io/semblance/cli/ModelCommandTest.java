package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCommandTest {
  private static final Path RESNET = Path.of("src/test/resources/models/resnet-tiny");
  private static final String PICTURES = "src/main/resources/demo";

  private record Outcome(int status, List<String> lines) {}

  private static Outcome run(String... arguments) {
    StringWriter text = new StringWriter();
    int status =
        new CommandLine(new ModelCommand()).setOut(new PrintWriter(text)).execute(arguments);
    return new Outcome(status, text.toString().lines().toList());
  }

  @Test
  void shouldTellTheLargestDeviationOfEverythingThatHolds() {
    Outcome outcome = run("check", RESNET.toString(), "--images", PICTURES);

    assertThat(outcome.status()).isZero();
    assertThat(outcome.lines()).hasSize(2).allMatch(line -> line.startsWith("ok"));
    assertThat(outcome.lines().getFirst()).contains("pixels", "6 compared");
    assertThat(outcome.lines().getLast())
        .contains("OnnxRuntime", "model.onnx", "avgpool", "6 compared, largest deviation");
  }

  @Test
  void shouldEndWithStatus1AndTellWhatDoesNotHold(@TempDir Path folder) throws IOException {
    for (String file : List.of("config.json", "model.onnx", "golden.json")) {
      Files.copy(RESNET.resolve(file), folder.resolve(file));
    }
    Path golden = folder.resolve("golden.json");
    Files.writeString(
        golden, Files.readString(golden).replaceFirst("\"vector\":\\[[-0-9.]+", "\"vector\":[9"));

    Outcome outcome = run("check", folder.toString(), "--images", PICTURES, "--json");

    assertThat(outcome.status()).isEqualTo(1);
    ObjectMapper mapper = new ObjectMapper();
    JsonNode pixels = mapper.readTree(outcome.lines().getFirst());
    assertThat(pixels.get("subject").asText()).isEqualTo("pixels");
    assertThat(pixels.get("ok").asBoolean()).isTrue();
    JsonNode vectors = mapper.readTree(outcome.lines().getLast());
    assertThat(vectors.get("subject").asText()).isEqualTo("avgpool");
    assertThat(vectors.get("ok").asBoolean()).isFalse();
    assertThat(vectors.get("deviation").asDouble()).isGreaterThan(0.1);
  }

  @Test
  void shouldShowTheFilesThatTheFingerprintIsMadeOf() {
    Outcome outcome = run("show", RESNET.toString());

    assertThat(outcome.status()).isZero();
    assertThat(outcome.lines())
        .anyMatch(line -> line.matches("file {9}[0-9a-f]{64} {2}config.json"))
        .anyMatch(line -> line.matches("file {9}[0-9a-f]{64} {2}model.onnx"))
        .anyMatch(line -> line.contains("known once it runs"));
  }
}
