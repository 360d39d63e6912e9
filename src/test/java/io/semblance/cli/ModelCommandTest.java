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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @Test
  void shouldShowTheOutputThatIsTakenAndNoDimensionBeforeItIsKnown() throws IOException {
    assertThat(run("show", RESNET.toString()).lines())
        .anyMatch(line -> line.matches("vector +output \\w+.*"))
        .anyMatch(line -> line.matches("threshold +0\\.95, which nobody measured"));
    JsonNode shown =
        new ObjectMapper().readTree(run("show", RESNET.toString(), "--json").lines().getFirst());
    assertThat(shown.get("output").asText()).isNotEmpty();
    assertThat(shown.has("pooling")).isTrue();
    assertThat(shown.has("dimension")).isFalse();
  }

  @Test
  void shouldEndWithAStatusOfItsOwnWhereNothingWasCompared(@TempDir Path folder)
      throws IOException {
    for (String file : List.of("config.json", "model.onnx")) {
      Files.copy(RESNET.resolve(file), folder.resolve(file));
    }
    Outcome outcome = run("check", folder.toString());
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("not checked")
        .contains("model.onnx", "it runs", "nothing was compared", "golden.json")
        .doesNotContain("NaN");
    JsonNode line =
        new ObjectMapper().readTree(run("check", folder.toString(), "--json").lines().getFirst());
    assertThat(line.get("outcome").asText()).isEqualTo("not checked");
    assertThat(line.get("ok").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "--numeric-format, int8",
    "--numeric-format, bfloat16",
    "--device, tpu",
    "--threads, -3",
    "--engine, Keras"
  })
  void shouldNameTheOptionThatIsWrong(String option, String value) {
    StringWriter errors = new StringWriter();
    int status =
        Semblance.commandLine()
            .setErr(new PrintWriter(errors))
            .execute("model", "check", RESNET.toString(), "--images", PICTURES, option, value);
    assertThat(status).isEqualTo(1);
    assertThat(errors.toString()).contains(option).doesNotContain("semblance.model.");
  }
}
