package io.semblance.search;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Warns of instances that do not answer for their shards: of each instance and reason once a
 * minute, however many searches it makes partial. Safe for use by several threads.
 */
final class ShardWarnings {
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** More at a time are left out: they would say nothing that so many do not. */
  private static final int CAUSES_MAX = 200;

  private record Cause(String address, String reason) {}

  private final Consumer<String> log;
  private final LongSupplier nanoTime;
  private final Map<Cause, Long> warned = new HashMap<>();

  ShardWarnings(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  /** Warns into {@code logger}. */
  static ShardWarnings to(System.Logger logger) {
    return new ShardWarnings(
        message -> logger.log(System.Logger.Level.WARNING, message), System::nanoTime);
  }

  void warn(String address, String reason) {
    if (isNew(new Cause(address, reason))) {
      log.accept("%s does not answer for all its shards: %s".formatted(address, reason));
    }
  }

  private synchronized boolean isNew(Cause cause) {
    long now = nanoTime.getAsLong();
    warned.values().removeIf(then -> now - then >= PAUSE.toNanos());
    return (warned.containsKey(cause) || warned.size() < CAUSES_MAX)
        && warned.putIfAbsent(cause, now) == null;
  }
}
