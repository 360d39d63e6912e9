package io.semblance.search;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How this instance's shards fare, standby copies included: their snapshots, without which a
 * restart reads them from their topic, what they hold, and how many rows their searches could pass
 * over, for each index. Made as the service starts, since nothing else refers to it.
 *
 * <p>A scrape asks for each meter by itself, all within moments: one status serves them all.
 */
@Startup
@Singleton
final class ShardMetrics {
  private static final Logger LOG = System.getLogger(ShardMetrics.class.getName());

  /** For how long a status serves: longer than a scrape takes, shorter than between two. */
  static final Duration STATUS_AGE_MAX = Duration.ofSeconds(1);

  private static final String MODEL = "model";

  private final LocalShards local;
  private final MeterRegistry meters;
  private final LongSupplier nanos;

  /** Held here, since a registry refers to them weakly. */
  private final List<Growth> counters = new ArrayList<>();

  /** Of the shards held; null if they could not be asked. Under the lock on this. */
  private @Nullable List<InstanceStatus.Shard> shards;

  private long askedNanos;

  @Inject
  ShardMetrics(LocalShards local, ModelIndexes indexes, MeterRegistry meters) {
    this(local, indexes.all().stream().map(ModelIndex::name).toList(), meters, System::nanoTime);
  }

  ShardMetrics(LocalShards local, List<String> models, MeterRegistry meters, LongSupplier nanos) {
    this.local = local;
    this.meters = meters;
    this.nanos = nanos;
    this.askedNanos = nanos.getAsLong() - STATUS_AGE_MAX.toNanos();
    for (String model : models) {
      holdings(model);
      snapshots(model);
      searches(model);
    }
  }

  private void holdings(String model) {
    gauge(model, "vectors", InstanceStatus.Shard::vectors, "Vectors of the shards held");
    gauge(
        model,
        "foreign.records",
        InstanceStatus.Shard::foreignRecords,
        "Embeddings of other models that the shards held met in their topic and do not search");
    gauge(
        model,
        "vectors.coded",
        InstanceStatus.Shard::codedVectors,
        "Vectors of the shards held that searches can pass over by their codes");
    gauge(
        model,
        "vectors.awaiting.reuse",
        InstanceStatus.Shard::deletedVectors,
        "Deleted or replaced vectors of the shards held whose places are not free yet");
    gauge(
        model,
        "vectors.awaiting.snapshot",
        InstanceStatus.Shard::retainedVectors,
        "Those of the vectors awaiting reuse that wait for the next snapshot");
    gauge(
        model,
        "code.bytes",
        InstanceStatus.Shard::codeBytes,
        "Bytes of codes of the shards held, which every search reads");
    gauge(
        model,
        "vector.bytes",
        InstanceStatus.Shard::vectorBytes,
        "Bytes of vectors of the shards held, in memory or in the page cache");
  }

  private void snapshots(String model) {
    gauge(
        model,
        "snapshot.pending.changes",
        InstanceStatus.Shard::changesSinceSnapshot,
        "Changes of the shards held that no snapshot has");
    counter(
        model,
        "snapshot.failures",
        InstanceStatus.Shard::snapshotFailures,
        "Snapshots of the shards held that could not be written");
  }

  private void searches(String model) {
    counter(
        model,
        "rows.searched",
        InstanceStatus.Shard::rowsSearched,
        "Rows that searches of the shards held had to answer for");
    counter(
        model,
        "rows.past.first.slab",
        InstanceStatus.Shard::rowsPastFirstSlab,
        "Those of the rows searched that have a code whose first slab could not rule them out; rows"
            + " without a code are not counted");
    counter(
        model,
        "rows.scored",
        InstanceStatus.Shard::rowsScored,
        "Those of the rows searched whose vectors were read, with a code or without");
    counter(
        model,
        "rows.found",
        InstanceStatus.Shard::rowsFound,
        "Those of the rows scored that were answered");
  }

  private void gauge(
      String model, String name, ToLongFunction<InstanceStatus.Shard> value, String description) {
    Gauge.builder("semblance.index." + name, () -> sum(model, value))
        .description(description)
        .tag(MODEL, model)
        .register(meters);
  }

  private double sum(String model, ToLongFunction<InstanceStatus.Shard> value) {
    List<InstanceStatus.Shard> present = shards(model);
    return present == null ? Double.NaN : present.stream().mapToLong(value).sum();
  }

  private void counter(
      String model, String name, ToLongFunction<InstanceStatus.Shard> count, String description) {
    Growth growth = new Growth(model, count);
    counters.add(growth);
    FunctionCounter.builder("semblance.index." + name, growth, Growth::total)
        .description(description)
        .tag(MODEL, model)
        .register(meters);
  }

  /**
   * The sum of counts that begin again when a shard is opened again, and leave with a shard that
   * moves: it only grows, all the same.
   */
  private final class Growth {
    private final String model;
    private final ToLongFunction<InstanceStatus.Shard> count;
    private Map<Integer, Long> last = Map.of();
    private long total;

    Growth(String model, ToLongFunction<InstanceStatus.Shard> count) {
      this.model = model;
      this.count = count;
    }

    synchronized double total() {
      List<InstanceStatus.Shard> present = shards(model);
      if (present != null) {
        Map<Integer, Long> now =
            present.stream()
                .collect(
                    Collectors.toMap(
                        InstanceStatus.Shard::shard, count::applyAsLong, Math::max, HashMap::new));
        now.forEach((shard, value) -> {
          long before = last.getOrDefault(shard, 0L);
          total += value >= before ? value - before : value;
        });
        last = now;
      }
      return total;
    }
  }

  private @Nullable List<InstanceStatus.Shard> shards(String model) {
    List<InstanceStatus.Shard> present = shards();
    return present == null
        ? null
        : present.stream().filter(shard -> shard.model().equals(model)).toList();
  }

  private synchronized @Nullable List<InstanceStatus.Shard> shards() {
    if (nanos.getAsLong() - askedNanos >= STATUS_AGE_MAX.toNanos()) {
      shards = ask();
      askedNanos = nanos.getAsLong();
    }
    return shards;
  }

  private @Nullable List<InstanceStatus.Shard> ask() {
    try {
      return local.status().shards();
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "the shards could not be asked for their metrics", e);
      return null;
    }
  }
}
