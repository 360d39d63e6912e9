package io.semblance.search;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/** An index's shards as the assignment of Kafka Streams has them, last known to this instance. */
final class StreamsShardDirectory implements ShardDirectory {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final KafkaStreams streams;
  private final ModelIndex index;
  private final SearchOptions options;

  StreamsShardDirectory(KafkaStreams streams, ModelIndex index, SearchOptions options) {
    this.streams = streams;
    this.index = index;
    this.options = options;
  }

  @Override
  public int shardCount() {
    try {
      return index.shardCount().get();
    } catch (IllegalStateException e) {
      throw SearchException.unavailable(
          "shard-count-unknown",
          "%s: is the broker reachable, and does the topic exist?".formatted(e.getMessage()),
          RETRY_AFTER);
    }
  }

  @Override
  public int shardOf(String imageId) {
    KeyQueryMetadata owner =
        streams.queryMetadataForKey(index.store(), imageId, new StringSerializer());
    if (owner == null || KeyQueryMetadata.NOT_AVAILABLE.equals(owner)) {
      throw SearchException.unavailable(
          "shard-unknown",
          "it is not yet known which instance holds \"%s\": shards are being assigned; try again"
              .formatted(imageId),
          RETRY_AFTER);
    }
    return owner.partition();
  }

  @Override
  public List<Instance> instances() {
    List<Instance> instances = new ArrayList<>();
    boolean selfSeen = false;
    for (StreamsMetadata metadata : assignment()) {
      String address = metadata.host() + ":" + metadata.port();
      boolean local = address.equals(options.self());
      selfSeen |= local;
      instances.add(
          new Instance(
              address,
              local,
              shards(metadata.topicPartitions()),
              shards(metadata.standbyTopicPartitions())));
    }
    if (!selfSeen) {
      instances.add(new Instance(options.self(), true, Set.of(), Set.of()));
    }
    return instances;
  }

  /** Nothing is assigned before the streams start and after they stop. */
  private Collection<StreamsMetadata> assignment() {
    try {
      return streams.metadataForAllStreamsClients();
    } catch (InvalidStateStoreException | IllegalStateException e) {
      return List.of();
    }
  }

  private Set<Integer> shards(Set<TopicPartition> partitions) {
    Set<Integer> shards = new HashSet<>();
    for (TopicPartition partition : partitions) {
      if (partition.topic().equals(index.topic())) {
        shards.add(partition.partition());
      }
    }
    return shards;
  }
}
