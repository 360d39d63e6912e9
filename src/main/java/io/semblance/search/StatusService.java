package io.semblance.search;

import io.semblance.embedding.model.ModelDescription;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Gathers the status of all instances. Safe for use by several threads. */
@Singleton
public final class StatusService implements AutoCloseable {
  private final ShardDirectory directory;
  private final Peers peers;
  private final StreamsAvailability availability;
  private final ModelDescription model;
  private final SearchOptions options;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Inject
  StatusService(
      ShardDirectory directory,
      Peers peers,
      StreamsAvailability availability,
      ModelDescription model,
      SearchOptions options) {
    this.directory = directory;
    this.peers = peers;
    this.availability = availability;
    this.model = model;
    this.options = options;
  }

  /** Asks every instance, this one included; those that do not answer in time are named. */
  public ServiceStatus status() throws InterruptedException {
    List<Future<InstanceStatus>> pending = new ArrayList<>();
    for (Instance instance : directory.instances()) {
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
      return peers.readerOf(instance).status(options.attemptTimeLimit());
    } catch (IOException e) {
      return new InstanceStatus(
          instance.address(),
          InstanceStatus.UNREACHABLE,
          List.of(),
          Map.of(),
          String.valueOf(e.getMessage()));
    }
  }

  /** Counts each shard once, as its owner has it. */
  private ServiceStatus merge(List<InstanceStatus> instances) {
    Map<Integer, InstanceStatus.Shard> owned = new TreeMap<>();
    Map<String, Long> lag = new TreeMap<>();
    for (InstanceStatus instance : instances) {
      instance.lag().forEach((topic, records) -> lag.merge(topic, records, Long::sum));
      for (InstanceStatus.Shard shard : instance.shards()) {
        if (shard.active()) {
          owned.putIfAbsent(shard.shard(), shard);
        }
      }
    }
    List<ShardAnswer<InstanceStatus.Shard>> answers = new ArrayList<>();
    owned.forEach((number, shard) -> answers.add(new ShardAnswer<>(number, true, shard)));
    return new ServiceStatus(
        availability.isReady(),
        Coverage.of(availability.isReady() ? directory.shardCount() : 0, answers),
        owned.values().stream().mapToLong(InstanceStatus.Shard::vectors).sum(),
        owned.values().stream().mapToLong(InstanceStatus.Shard::bytes).sum(),
        lag,
        ModelSummary.of(model),
        instances);
  }

  @Override
  @PreDestroy
  public void close() {
    threads.shutdownNow();
  }
}
