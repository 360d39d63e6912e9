package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class EngineBenchCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new EngineBenchCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void shouldMeasureTheBatchSizesAskedFor() throws Exception {
    assertThat(run("--device", "cpu", "--batch-sizes", "1,4", "--rounds", "1", "--json")).isZero();

    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("device").textValue()).isEqualTo("cpu");
    assertThat(report.path("engine").path("1").path("embeddingsPerSecond").doubleValue())
        .isPositive();
    assertThat(report.path("engine").path("4").path("embeddingsPerSecond").doubleValue())
        .isPositive();
  }

  /** With a shell script in the place of Python's, which embeds nothing. */
  @Test
  void shouldMeasureInTurnsAndFailWhereTheVectorsDiffer(@TempDir Path home) throws Exception {
    Path models = Files.createDirectories(home.resolve("models"));
    Files.createSymbolicLink(
        models.resolve("semblance-copy-160"),
        Path.of("src/main/models/semblance-copy-160").toAbsolutePath());
    Path photographs = Files.createDirectories(home.resolve("src/main/resources/demo"));
    Files.copy(Path.of("src/main/resources/demo/otters.jpg"), photographs.resolve("otters.jpg"));
    Path script = Files.createDirectories(home.resolve("src/bench")).resolve("engines.py");
    Files.writeString(
        script,
        """
        read line; echo '{"version": "1.2", "variants": ["spinning"]}'
        while read line; do
          case $line in
            *embed*) echo '{"vectors": [[1, 2]]}' ;;
            *) echo '{"perSecond": 0.5, "processorMillis": 2}' ;;
          esac
        done
        """);
    String before = System.setProperty("semblance.home", home.toString());
    try {
      assertThat(
              run(
                  "--python",
                  "sh",
                  "--engine",
                  "OnnxRuntime",
                  "--device",
                  "cpu",
                  "--threads",
                  "2",
                  "--batch-sizes",
                  "1",
                  "--rounds",
                  "2",
                  "--json"))
          .isOne();
    } finally {
      if (before == null) {
        System.clearProperty("semblance.home");
      } else {
        System.setProperty("semblance.home", before);
      }
    }

    assertThat(err.toString()).isEmpty();
    JsonNode turn = new ObjectMapper().readTree(out.toString()).path("turns").path(0);
    assertThat(turn.path("engine").textValue()).isEqualTo("OnnxRuntime 1.2");
    assertThat(turn.path("variant").textValue()).isEqualTo("spinning");
    assertThat(turn.at("/python/processorMillis").doubleValue()).isEqualTo(2);
    assertThat(turn.at("/ratio/median").doubleValue())
        .isEqualTo(2 * turn.at("/semblance/embeddingsPerSecond").doubleValue());
    assertThat(turn.path("deviation").isNumber()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--rounds=0", "--batch-sizes=0", "--batch-sizes=1025"})
  void shouldRefuseNumbersOutOfRange(String option) {
    assertThat(run("--device", "cpu", option)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--numeric-format=float16", "--engine=PyTorch"})
  void shouldRefuseToCompareWhatPythonDoesNotRun(String option) {
    assertThat(run("--device", "cpu", "--python=sh", option)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--python").contains(option.replaceAll("=.*", ""));
  }
}
