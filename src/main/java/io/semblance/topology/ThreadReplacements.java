package io.semblance.topology;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * How often failed stream threads are replaced: after growing pauses, and not for ever, so that a
 * fault that does not pass ends the instance for its supervisor to see. Safe for use by several
 * threads.
 */
final class ThreadReplacements {
  /** Most replacements within {@link #WINDOW}. */
  static final int REPLACEMENTS_MAX = 20;

  /** The time over which replacements are counted. */
  static final Duration WINDOW = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);

  private final Deque<Long> times = new ArrayDeque<>();

  /**
   * Notes a failure at {@code nanos} of {@link System#nanoTime()}.
   *
   * @return how long to wait before the thread is replaced; empty if there were too many
   */
  synchronized Optional<Duration> next(long nanos) {
    while (!times.isEmpty() && nanos - times.getFirst() > WINDOW.toNanos()) {
      times.removeFirst();
    }
    if (times.size() >= REPLACEMENTS_MAX) {
      return Optional.empty();
    }
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(times.size(), 16));
    times.addLast(nanos);
    return Optional.of(pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX);
  }
}
