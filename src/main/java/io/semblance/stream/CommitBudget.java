package io.semblance.stream;

import java.util.concurrent.TimeUnit;

/**
 * How many commits a stream thread may ask for beside those of its interval: a token bucket. An
 * upload that comes alone takes a commit at each hop at once; under load, when each commit would
 * carry a few records only, the interval sets the pace. For one thread.
 */
final class CommitBudget {
  /** Commits that may follow each other at once: the hops of four uploads. */
  static final int BURST = 20;

  /** Commits a second beyond that. */
  static final int PER_SECOND = 20;

  private static final long NANOS_PER_COMMIT = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private long fullAt;

  /**
   * @param now of {@link System#nanoTime()}
   */
  CommitBudget(long now) {
    fullAt = now;
  }

  /** Takes a commit from the budget; returns false if there is none left. */
  boolean tryTake(long now) {
    long from = Math.max(now, fullAt);
    if (from + NANOS_PER_COMMIT - now > BURST * NANOS_PER_COMMIT) {
      return false;
    }
    fullAt = from + NANOS_PER_COMMIT;
    return true;
  }
}
