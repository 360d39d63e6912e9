package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ShardWarningsTest {
  private final List<String> warnings = new ArrayList<>();
  private final AtomicLong nanoTime = new AtomicLong();
  private final ShardWarnings shardWarnings = new ShardWarnings(warnings::add, nanoTime::get);

  @Test
  void shouldWarnOnceAMinuteOfEachInstanceAndReason() {
    shardWarnings.warn("a:1", "refused");
    shardWarnings.warn("a:1", "refused");
    shardWarnings.warn("a:1", "late");
    shardWarnings.warn("b:1", "refused");
    assertThat(warnings).hasSize(3).first().asString().contains("a:1").contains("refused");

    nanoTime.addAndGet(Duration.ofSeconds(59).toNanos());
    shardWarnings.warn("a:1", "refused");
    assertThat(warnings).hasSize(3);

    nanoTime.addAndGet(Duration.ofSeconds(1).toNanos());
    shardWarnings.warn("a:1", "refused");
    assertThat(warnings).hasSize(4);
  }

  @Test
  void shouldLeaveOutWhatGoesBeyondItsMemory() {
    for (int i = 0; i < 1_000; i++) {
      shardWarnings.warn("a:1", "reason " + i);
    }
    assertThat(warnings).hasSizeLessThan(1_000);
  }
}
