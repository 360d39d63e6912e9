package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PipelineReportTest {
  private static EngineBench.Measured measured(double rate) {
    return new EngineBench.Measured(rate, 2_000 / rate);
  }

  private static PipelineReport report() {
    Distribution latency = new Distribution(200, 40, 110, 150);
    DecodeBench.Result decode = new DecodeBench.Result(20, 4, 500_000);
    return new PipelineReport(
        new Machine("Some CPU", "AVX2", 2, 24_000, "OpenJDK 25", "Linux 6", 3.5),
        "semblance-copy-160 1",
        new PipelineReport.Input(500, 40, 3, 32, 1),
        new TreeMap<>(
            Map.of(1, measured(80), 8, measured(120), 16, measured(125), 32, measured(110))),
        measured(100),
        new ThroughputBench.Result(90, 95, 25),
        new Distribution(90, 15, 30, 31),
        new LatencyBench.Result(0, latency, latency),
        new LatencyBench.Result(45, latency, latency),
        decode,
        decode,
        new IndexBench.Result(256, 200_000, 300_000, 50, 51, 12, "simd 512"),
        new PipelineReport.Resident(300, 700, 800));
  }

  @Test
  void shouldDivideByTheEngineAtItsBestBatch() {
    assertThat(report().bestBatch()).isEqualTo(16);
    assertThat(report().efficiency()).isCloseTo(90.0 / 125, within(1e-12));
    assertThat(report().efficiencyOfKafka()).isCloseTo(0.9, within(1e-12));
    assertThat(report().efficiencyOfPipeline()).isCloseTo(0.8, within(1e-12));
    assertThat(report().processorEfficiency()).isCloseTo(16.0 / 25, within(1e-12));
    assertThat(report().processorEfficiencyOfKafka()).isCloseTo(20.0 / 25, within(1e-12));
    assertThat(report().alertAboveInferenceMillis()).isEqualTo(95);
  }

  @Test
  void shouldWriteOneJsonObjectWithRatiosAndFigures() throws Exception {
    String json = report().json();

    assertThat(json).doesNotContain("\n");
    JsonNode node = new ObjectMapper().readTree(json);
    assertThat(node.path("efficiency").doubleValue()).isCloseTo(0.72, within(1e-12));
    assertThat(node.path("efficiencyOfKafka").doubleValue()).isCloseTo(0.9, within(1e-12));
    assertThat(node.path("bestBatch").intValue()).isEqualTo(16);
    assertThat(node.path("bareEngine").path("embeddingsPerSecond").doubleValue()).isEqualTo(125);
    assertThat(node.path("engine").path("32").path("processorMillis").doubleValue())
        .isCloseTo(2_000 / 110.0, within(1e-9));
    assertThat(node.path("kafka").path("embeddingsPerSecond").doubleValue()).isEqualTo(90);
    assertThat(node.path("idle").path("alert").path("p99").doubleValue()).isEqualTo(110);
    assertThat(node.path("halfLoad").path("uploadsPerSecond").doubleValue()).isEqualTo(45);
    assertThat(node.path("twoMegapixels").path("decodeMillis").doubleValue()).isEqualTo(20);
    assertThat(node.path("index").path("topMillisPerMillion").doubleValue()).isEqualTo(50);
    assertThat(node.path("resident").path("maxMebibytes").longValue()).isEqualTo(800);
    assertThat(node.path("machine").path("cores").intValue()).isEqualTo(2);
  }

  @Test
  void shouldWriteTheSameFiguresAsTextInAnyLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertThat(report().text())
          .contains("0.720 of the bare engine at batch 16")
          .contains("at 45.0/s: upload to alert")
          .contains("p99  110.0 ms")
          .contains("800 MiB at most");
    } finally {
      Locale.setDefault(before);
    }
  }
}
