package io.semblance.search;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Gathers the status of all instances. Safe for use by several threads. */
@Singleton
public final class StatusService implements AutoCloseable {
  private final SearchedModels models;
  private final Peers peers;
  private final StreamsAvailability availability;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Inject
  StatusService(SearchedModels models, Peers peers, StreamsAvailability availability) {
    this.models = models;
    this.peers = peers;
    this.availability = availability;
  }

  /** Asks every instance, this one included; those that do not answer in time are named. */
  public ServiceStatus status() throws InterruptedException {
    List<Future<InstanceStatus>> pending = new ArrayList<>();
    for (Instance instance : models.matching().shards().directory().instances()) {
      pending.add(threads.submit(() -> ask(instance)));
    }
    List<InstanceStatus> instances = new ArrayList<>();
    for (Future<InstanceStatus> future : pending) {
      try {
        instances.add(future.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("cannot gather the status of the instances", e.getCause());
      }
    }
    return merge(instances);
  }

  private InstanceStatus ask(Instance instance) throws InterruptedException {
    try {
      return peers.statusOf(instance);
    } catch (IOException e) {
      return new InstanceStatus(
          instance.address(),
          InstanceStatus.UNREACHABLE,
          List.of(),
          Map.of(),
          String.valueOf(e.getMessage()));
    }
  }

  private ServiceStatus merge(List<InstanceStatus> instances) {
    Map<String, Long> lag = new TreeMap<>();
    for (InstanceStatus instance : instances) {
      instance.lag().forEach((topic, records) -> lag.merge(topic, records, Long::sum));
    }
    List<IndexStatus> indexes =
        models.all().stream().map(model -> merge(model, instances)).toList();
    IndexStatus matching = indexes.getFirst();
    return new ServiceStatus(
        availability.isReady(),
        matching.shards(),
        matching.vectors(),
        matching.bytes(),
        lag,
        matching.model(),
        indexes,
        instances);
  }

  /** Counts each shard once, as its owner has it. */
  private IndexStatus merge(SearchedModel model, List<InstanceStatus> instances) {
    Map<Integer, InstanceStatus.Shard> owned = new TreeMap<>();
    for (InstanceStatus instance : instances) {
      for (InstanceStatus.Shard shard : instance.shards()) {
        if (shard.active() && model.name().equals(shard.model())) {
          owned.putIfAbsent(shard.shard(), shard);
        }
      }
    }
    List<ShardAnswer<InstanceStatus.Shard>> answers = new ArrayList<>();
    owned.forEach((number, shard) -> answers.add(new ShardAnswer<>(number, true, shard)));
    int total = availability.isReady() ? model.shards().directory().shardCount() : 0;
    return new IndexStatus(
        model.summary(),
        model.index().topic(),
        model.texts().isPresent(),
        Coverage.of(total, answers),
        owned.values().stream().mapToLong(InstanceStatus.Shard::vectors).sum(),
        owned.values().stream().mapToLong(InstanceStatus.Shard::bytes).sum(),
        owned.values().stream().mapToLong(InstanceStatus.Shard::foreignRecords).sum(),
        owned.values().stream()
            .map(InstanceStatus.Shard::foreignModel)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null));
  }

  @Override
  @PreDestroy
  public void close() {
    threads.shutdownNow();
  }
}
