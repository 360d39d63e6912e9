package io.semblance.search;

import java.util.List;
import java.util.Map;

/**
 * The whole service, as seen from one instance.
 *
 * @param ready whether this instance answers searches
 * @param shards which shards of the index for matching an owner holds ready
 * @param vectors rows of all these shards
 * @param bytes of vectors and payloads of all these shards, allocated
 * @param lag records not yet processed, read or not, by input topic, of all instances that answered
 * @param model the model that near-duplicates are told by
 * @param indexes the index of each model, that for matching first
 * @param instances all instances, this one among them
 */
public record ServiceStatus(
    boolean ready,
    Coverage shards,
    long vectors,
    long bytes,
    Map<String, Long> lag,
    ModelSummary model,
    List<IndexStatus> indexes,
    List<InstanceStatus> instances) {
  public ServiceStatus {
    lag = Map.copyOf(lag);
    indexes = List.copyOf(indexes);
    instances = List.copyOf(instances);
  }
}
