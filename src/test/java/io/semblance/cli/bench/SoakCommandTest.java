package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SoakCommandTest {
  private static final Path MODEL = Path.of("src/test/resources/models/resnet-tiny");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new SoakCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void shouldReadTheMemoryAtIntervalsAndCompareTheLastWithTheFirst() {
    int status =
        run(
            "--model",
            MODEL.toString(),
            "--device",
            "cpu",
            "--batches",
            "20",
            "--reloads",
            "10",
            "--allowance",
            "1000");

    assertThat(err.toString()).isEmpty();
    assertThat(status).isZero();
    assertThat(out.toString().lines().filter(line -> line.contains(" batches: resident")))
        .hasSize(10)
        .allMatch(line -> line.startsWith("OnnxRuntime"));
    assertThat(out.toString()).contains("reloads: grown by").contains("within 1000 MiB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--batches=9", "--reloads=9", "--allowance=-1"})
  void shouldRefuseNumbersOutOfRange(String option) {
    assertThat(run(option)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
  }

  @Test
  void shouldCompareWithWhatMayBeGrownBy() {
    MemoryReading first = new MemoryReading(1_000, 500, 10);
    assertThat(new MemoryReading(1_100, 600, 10_000).isWithin(100, first)).isTrue();
    assertThat(new MemoryReading(1_101, 500, 10).isWithin(100, first)).isFalse();
    assertThat(new MemoryReading(1_000, 601, 10).isWithin(100, first)).isFalse();
    assertThat(new MemoryReading(0, 1, 0).tellsNative()).isTrue();
    assertThat(new MemoryReading(1, 0, 0).tellsNative()).isTrue();
    assertThat(new MemoryReading(0, 0, 1).tellsNative()).isFalse();
  }
}
