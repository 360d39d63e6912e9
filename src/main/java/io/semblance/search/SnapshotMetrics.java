package io.semblance.search;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.function.ToLongFunction;

/**
 * How the snapshots of this instance's shards fare, standby copies included. Without them a restart
 * reads the shards from their topic. Made as the service starts, since nothing else refers to it.
 */
@Startup
@Singleton
final class SnapshotMetrics {
  private final ShardReader local;
  private final Duration timeLimit;

  @Inject
  SnapshotMetrics(ShardReader local, SearchOptions options, MeterRegistry meters) {
    this.local = local;
    timeLimit = options.attemptTimeLimit();
    Gauge.builder(
            "semblance.index.snapshot.failures",
            this,
            it -> it.sum(InstanceStatus.Shard::snapshotFailures))
        .description(
            "Snapshots of the shards held that could not be written since they were opened")
        .register(meters);
    Gauge.builder(
            "semblance.index.snapshot.pending.changes",
            this,
            it -> it.sum(InstanceStatus.Shard::changesSinceSnapshot))
        .description("Changes of the shards held that no snapshot has")
        .register(meters);
  }

  private double sum(ToLongFunction<InstanceStatus.Shard> count) {
    try {
      return local.status(timeLimit).shards().stream().mapToLong(count).sum();
    } catch (IOException e) {
      return Double.NaN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Double.NaN;
    }
  }
}
