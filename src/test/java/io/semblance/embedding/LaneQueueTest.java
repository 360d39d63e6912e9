package io.semblance.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LaneQueueTest {
  private final LaneQueue<String> queue = new LaneQueue<>();

  @Test
  void shouldGoOnWaitingWhenAnotherThreadTakesEverythingDuringTheDelay() throws Exception {
    Thread[] taker = new Thread[1];
    try (var executor =
        Executors.newSingleThreadExecutor(task -> taker[0] = Thread.ofPlatform().unstarted(task))) {
      queue.add(Lane.STREAM, "first");
      Future<List<String>> taken =
          executor.submit(() -> queue.take(2, Duration.ofMillis(300).toNanos()));
      await().until(() -> taker[0].getState() == Thread.State.TIMED_WAITING);
      assertThat(queue.take(2, 0)).containsExactly("first");
      await().until(() -> taken.isDone() || taker[0].getState() == Thread.State.WAITING);
      assertThat(taken.isDone()).as("an open queue gives no empty list").isFalse();
      queue.add(Lane.STREAM, "second");
      assertThat(taken.get(20, TimeUnit.SECONDS)).containsExactly("second");
    } finally {
      queue.close();
    }
  }

  @Test
  void shouldEndADelayWhenTheBatchIsFull() throws Exception {
    queue.add(Lane.STREAM, "upload");
    queue.add(Lane.INTERACTIVE, "search");
    assertThat(queue.take(2, Duration.ofDays(1).toNanos())).containsExactly("search", "upload");
  }

  @Test
  void shouldGiveNothingOnceClosed() throws Exception {
    queue.add(Lane.STREAM, "upload");
    queue.close();
    assertThat(queue.take(2, Duration.ofDays(1).toNanos())).isEmpty();
    assertThat(queue.add(Lane.STREAM, "upload")).isFalse();
  }
}
