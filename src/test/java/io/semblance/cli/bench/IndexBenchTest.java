package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IndexBenchTest {
  @Test
  void shouldScaleTimesToAMillionVectors() throws InterruptedException {
    IndexBench.Result result = IndexBench.run(16, 2_000, 0.7f, 1);

    assertThat(result.rows()).isEqualTo(2_000);
    assertThat(result.insertsPerSecond()).isPositive();
    assertThat(result.topMillisPerMillion()).isPositive();
    assertThat(result.thresholdMillisPerMillion()).isPositive();
    assertThat(result.batchedMillisPerMillion()).isPositive();
    assertThat(result.kernel()).isNotBlank();
  }

  @Test
  void shouldMeasureLoadForLongEnoughAndOftenEnough() {
    assertThat(LatencyBench.pairs(40, Duration.ofSeconds(20), 100)).isEqualTo(400);
    assertThat(LatencyBench.pairs(2, Duration.ofSeconds(20), 100)).isEqualTo(100);
  }
}
