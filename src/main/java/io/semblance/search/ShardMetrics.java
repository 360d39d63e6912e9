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
 * How this instance's shards fare, standby copies included: their snapshots, without which a
 * restart reads them from their topic, what they hold, and how many rows their searches could pass
 * over. Made as the service starts, since nothing else refers to it.
 */
@Startup
@Singleton
final class ShardMetrics {
  private final ShardReader local;
  private final Duration timeLimit;

  @Inject
  ShardMetrics(ShardReader local, SearchOptions options, MeterRegistry meters) {
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
    Gauge.builder("semblance.index.vectors", this, it -> it.sum(InstanceStatus.Shard::vectors))
        .description("Vectors of the shards held")
        .register(meters);
    Gauge.builder("semblance.index.code.bytes", this, it -> it.sum(InstanceStatus.Shard::codeBytes))
        .description("Bytes of codes of the shards held, which every search reads")
        .register(meters);
    Gauge.builder(
            "semblance.index.vector.bytes", this, it -> it.sum(InstanceStatus.Shard::vectorBytes))
        .description("Bytes of vectors of the shards held, in memory or in the page cache")
        .register(meters);
    Gauge.builder(
            "semblance.index.vectors.deleted",
            this,
            it -> it.sum(InstanceStatus.Shard::deletedVectors))
        .description("Deleted or replaced vectors of the shards held whose places are not free yet")
        .register(meters);
    Gauge.builder(
            "semblance.index.vectors.retained",
            this,
            it -> it.sum(InstanceStatus.Shard::retainedVectors))
        .description("Those of the deleted vectors that wait for the next snapshot")
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.searched", this, it -> it.sum(InstanceStatus.Shard::rowsSearched))
        .description("Rows that searches of the shards held had to answer for")
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.past.first.slab",
            this,
            it -> it.sum(InstanceStatus.Shard::rowsPastFirstSlab))
        .description("Those of the rows searched that the first slab of codes could not pass over")
        .register(meters);
    Gauge.builder("semblance.index.rows.found", this, it -> it.sum(InstanceStatus.Shard::rowsFound))
        .description("Those of the rows searched that were answered")
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.scored", this, it -> it.sum(InstanceStatus.Shard::rowsScored))
        .description("Those of the rows searched whose vectors were read")
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
