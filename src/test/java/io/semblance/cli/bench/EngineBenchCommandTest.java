package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
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

  @ParameterizedTest
  @ValueSource(strings = {"--rounds=0", "--batch-sizes=0", "--batch-sizes=1025"})
  void shouldRefuseNumbersOutOfRange(String option) {
    assertThat(run("--device", "cpu", option)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
  }
}
