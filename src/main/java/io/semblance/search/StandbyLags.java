package io.semblance.search;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.streams.LagInfo;
import org.jspecify.annotations.Nullable;

/**
 * How far this instance's copies of the shards lag behind. The broker is asked for it, at most once
 * a second and never waited for longer than a limit: what is not known does not count as fresh.
 * Safe for use by several threads.
 */
final class StandbyLags {
  private static final Logger LOG = System.getLogger(StandbyLags.class.getName());
  private static final Duration KEPT = Duration.ofSeconds(1);

  /** A copy that lacks more than one in so many of its records is no copy yet. */
  private static final long SHARE = 100;

  /** The mark of the last transaction, which counts as a record. */
  private static final long MARKS = 1;

  private final Supplier<Map<String, Map<Integer, LagInfo>>> source;
  private final String store;
  private final Duration timeLimit;

  private @Nullable CompletableFuture<Map<Integer, LagInfo>> asked;
  private long askedNanos;

  StandbyLags(
      Supplier<Map<String, Map<Integer, LagInfo>>> source, String store, Duration timeLimit) {
    this.source = source;
    this.store = store;
    this.timeLimit = timeLimit;
  }

  /**
   * Returns the shards of which this instance has a copy that lags by at most {@code records} and,
   * since a small shard has few records in all, by a small share of what it holds: a copy that is
   * being built from nothing must not pass for one that lags a little.
   */
  Set<Integer> within(long records) {
    Set<Integer> fresh = new HashSet<>();
    try {
      ask()
          .get(timeLimit.toMillis(), TimeUnit.MILLISECONDS)
          .forEach((shard, lag) -> {
            if (lag.offsetLag() <= Math.min(records, MARKS + lag.currentOffsetPosition() / SHARE)) {
              fresh.add(shard);
            }
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Level.DEBUG, "the lag of the standby copies is not known: {0}", e.getMessage());
    }
    return fresh;
  }

  private synchronized CompletableFuture<Map<Integer, LagInfo>> ask() {
    CompletableFuture<Map<Integer, LagInfo>> last = asked;
    boolean old = System.nanoTime() - askedNanos > KEPT.toNanos();
    if (last == null || (last.isDone() && old)) {
      last = new CompletableFuture<>();
      asked = last;
      askedNanos = System.nanoTime();
      CompletableFuture<Map<Integer, LagInfo>> answer = last;
      Thread.ofVirtual().name("standby-lags").start(() -> complete(answer));
    }
    return last;
  }

  private void complete(CompletableFuture<Map<Integer, LagInfo>> answer) {
    try {
      answer.complete(Map.copyOf(source.get().getOrDefault(store, Map.of())));
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }
}
