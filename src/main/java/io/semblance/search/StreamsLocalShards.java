package io.semblance.search;

import io.semblance.event.Topics;
import io.semblance.stream.StreamThreadProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/** What this instance's streams hold of the indexes. */
@Singleton
final class StreamsLocalShards implements LocalShards {
  private static final String LAG_METRIC = "records-lag";
  private static final String RESTORE_CONSUMER = "-restore-consumer";

  private final KafkaStreams streams;
  private final StreamsAvailability availability;
  private final SearchOptions options;
  private final StreamThreadProgress progress;
  private final Map<String, LocalShardReader> readers = new LinkedHashMap<>();
  private final Set<String> inputTopics = new TreeSet<>(Set.of(Topics.IMAGE_UPLOADS));

  @Inject
  StreamsLocalShards(
      KafkaStreams streams,
      StreamsAvailability availability,
      ModelIndexes indexes,
      SearchOptions options,
      StreamThreadProgress progress) {
    this.streams = streams;
    this.availability = availability;
    this.options = options;
    this.progress = progress;
    for (ModelIndex index : indexes.all()) {
      readers.put(index.name(), new LocalShardReader(streams, index, options));
      inputTopics.add(index.topic());
    }
  }

  @Override
  public ShardReader reader(ModelIndex index) {
    return Objects.requireNonNull(readers.get(index.name()), index.name());
  }

  @Override
  public InstanceStatus status() {
    List<InstanceStatus.Shard> shards =
        availability.isReady()
            ? readers.values().stream().flatMap(reader -> reader.shards().stream()).toList()
            : List.of();
    return new InstanceStatus(options.self(), availability.state(), shards, lag(), null);
  }

  /** By input topic, what the main consumers have not yet read and what they have that waits. */
  private Map<String, Long> lag() {
    Map<String, Long> lag = new TreeMap<>();
    for (Map.Entry<MetricName, ? extends Metric> entry : streams.metrics().entrySet()) {
      MetricName name = entry.getKey();
      String clientId = name.tags().getOrDefault("client-id", "");
      @Nullable String topic = name.tags().get("topic");
      if (name.name().equals(LAG_METRIC)
          && topic != null
          && !clientId.endsWith(RESTORE_CONSUMER)
          && inputTopics.contains(topic)
          && entry.getValue().metricValue() instanceof Double records
          && Double.isFinite(records)) {
        lag.merge(topic, Math.round(records), Long::sum);
      }
    }
    for (String topic : inputTopics) {
      lag.computeIfPresent(topic, (name, unread) -> unread + progress.waiting(name));
    }
    return lag;
  }
}
