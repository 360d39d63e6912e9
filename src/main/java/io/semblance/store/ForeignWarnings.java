package io.semblance.store;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Warns of embeddings of other models in the topic of an index: of the first, then at most once a
 * minute, with their number in all its shards here. Safe for use by several threads.
 */
final class ForeignWarnings {
  static final Duration PAUSE = Duration.ofMinutes(1);

  private final Consumer<String> log;
  private final LongSupplier nanoTime;
  private long count;
  private long warnedNanos;

  ForeignWarnings(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  /**
   * Counts one record.
   *
   * @param model whose embedding it is
   * @param own the model of the index
   */
  void passedOver(String topic, String model, SnapshotModel own) {
    long counted = due();
    if (counted > 0) {
      log.accept(
          "%s has embeddings of %s, but its index is of %s: %d so far; their images are not searched by this model until they are uploaded again"
              .formatted(topic, model, own, counted));
    }
  }

  /** Returns how many there were if it is time to say so, else 0. */
  private synchronized long due() {
    long now = nanoTime.getAsLong();
    count++;
    if (count > 1 && now - warnedNanos < PAUSE.toNanos()) {
      return 0;
    }
    warnedNanos = now;
    return count;
  }
}
