package io.semblance.search;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
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

  private final Supplier<Map<String, Map<Integer, LagInfo>>> source;
  private final String store;
  private final Duration timeLimit;

  private @Nullable CompletableFuture<Map<Integer, Long>> asked;
  private long askedNanos;

  StandbyLags(
      Supplier<Map<String, Map<Integer, LagInfo>>> source, String store, Duration timeLimit) {
    this.source = source;
    this.store = store;
    this.timeLimit = timeLimit;
  }

  /** Returns the shards of which this instance has a copy that lags by at most {@code records}. */
  Set<Integer> within(long records) {
    Set<Integer> fresh = new HashSet<>();
    try {
      ask()
          .get(timeLimit.toMillis(), TimeUnit.MILLISECONDS)
          .forEach((shard, lag) -> {
            if (lag <= records) {
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

  private synchronized CompletableFuture<Map<Integer, Long>> ask() {
    CompletableFuture<Map<Integer, Long>> last = asked;
    boolean old = System.nanoTime() - askedNanos > KEPT.toNanos();
    if (last == null || (last.isDone() && old)) {
      last = new CompletableFuture<>();
      asked = last;
      askedNanos = System.nanoTime();
      CompletableFuture<Map<Integer, Long>> answer = last;
      Thread.ofVirtual().name("standby-lags").start(() -> complete(answer));
    }
    return last;
  }

  private void complete(CompletableFuture<Map<Integer, Long>> answer) {
    try {
      Map<Integer, Long> lags = new HashMap<>();
      source
          .get()
          .getOrDefault(store, Map.of())
          .forEach((shard, lag) -> lags.put(shard, lag.offsetLag()));
      answer.complete(lags);
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }
}
