package io.semblance.search;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.ToLongFunction;

/**
 * How this instance's shards fare, standby copies included: their snapshots, without which a
 * restart reads them from their topic, what they hold, and how many rows their searches could pass
 * over, for each index. Made as the service starts, since nothing else refers to it.
 */
@Startup
@Singleton
final class ShardMetrics {
  private static final String MODEL = "model";

  private final LocalShards local;

  @Inject
  ShardMetrics(LocalShards local, ModelIndexes indexes, MeterRegistry meters) {
    this.local = local;
    indexes.all().forEach(index -> register(index.name(), meters));
  }

  private void register(String model, MeterRegistry meters) {
    Gauge.builder(
            "semblance.index.snapshot.failures",
            this,
            it -> it.sum(model, InstanceStatus.Shard::snapshotFailures))
        .description(
            "Snapshots of the shards held that could not be written since they were opened")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.snapshot.pending.changes",
            this,
            it -> it.sum(model, InstanceStatus.Shard::changesSinceSnapshot))
        .description("Changes of the shards held that no snapshot has")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.vectors", this, it -> it.sum(model, InstanceStatus.Shard::vectors))
        .description("Vectors of the shards held")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.code.bytes",
            this,
            it -> it.sum(model, InstanceStatus.Shard::codeBytes))
        .description("Bytes of codes of the shards held, which every search reads")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.vector.bytes",
            this,
            it -> it.sum(model, InstanceStatus.Shard::vectorBytes))
        .description("Bytes of vectors of the shards held, in memory or in the page cache")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.vectors.deleted",
            this,
            it -> it.sum(model, InstanceStatus.Shard::deletedVectors))
        .description("Deleted or replaced vectors of the shards held whose places are not free yet")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.vectors.retained",
            this,
            it -> it.sum(model, InstanceStatus.Shard::retainedVectors))
        .description("Those of the deleted vectors that wait for the next snapshot")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.searched",
            this,
            it -> it.sum(model, InstanceStatus.Shard::rowsSearched))
        .description("Rows that searches of the shards held had to answer for")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.past.first.slab",
            this,
            it -> it.sum(model, InstanceStatus.Shard::rowsPastFirstSlab))
        .description("Those of the rows searched that the first slab of codes could not pass over")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.found",
            this,
            it -> it.sum(model, InstanceStatus.Shard::rowsFound))
        .description("Those of the rows searched that were answered")
        .tag(MODEL, model)
        .register(meters);
    Gauge.builder(
            "semblance.index.rows.scored",
            this,
            it -> it.sum(model, InstanceStatus.Shard::rowsScored))
        .description("Those of the rows searched whose vectors were read")
        .tag(MODEL, model)
        .register(meters);
  }

  private double sum(String model, ToLongFunction<InstanceStatus.Shard> count) {
    return local.status().shards().stream()
        .filter(shard -> shard.model().equals(model))
        .mapToLong(count)
        .sum();
  }
}
