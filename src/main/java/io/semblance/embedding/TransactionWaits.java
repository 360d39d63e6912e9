package io.semblance.embedding;

import java.time.Duration;

/**
 * How long each stream thread has waited for embeddings since it last began a transaction: under
 * exactly-once all tasks of a thread share one, and the broker ends it after a time of its own.
 *
 * <p>Nothing tells a processor of a commit. But between two rounds of records Kafka Streams runs
 * the punctuators and right after them commits what was asked for, so the sum starts anew at the
 * first punctuation after a commit was asked for. Until then it grows, and is never too small;
 * except during a rebalance, which puts a commit off.
 */
final class TransactionWaits {
  private final ThreadLocal<Waits> waits = ThreadLocal.withInitial(Waits::new);

  private static final class Waits {
    private Duration sum = Duration.ZERO;
    private boolean commitAskedFor;
  }

  /** Returns how long this thread has waited in its transaction. */
  Duration sum() {
    return waits.get().sum;
  }

  void add(Duration wait) {
    waits.get().sum = sum().plus(wait);
  }

  /** Notes that this thread will commit after the current round. */
  void commitAskedFor() {
    waits.get().commitAskedFor = true;
  }

  /** Notes that the round of records has ended; a commit follows if it was asked for. */
  void roundEnded() {
    if (waits.get().commitAskedFor) {
      restart();
    }
  }

  /** Notes that this thread's transaction ends here. */
  void restart() {
    waits.remove();
  }
}
