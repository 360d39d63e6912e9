package io.semblance.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reads whole topics without a consumer group. */
final class TopicConsumers {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);

  private TopicConsumers() {}

  /** Assigns every partition of {@code topics} to {@code consumer}. */
  static void assignAll(Consumer<?, ?> consumer, List<String> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      List<PartitionInfo> found = consumer.partitionsFor(topic, TIME_LIMIT);
      if (found.isEmpty()) {
        throw new IllegalStateException(
            "the broker has no topic %s: create it with ./semblance topics create"
                .formatted(topic));
      }
      found.forEach(one -> partitions.add(new TopicPartition(one.topic(), one.partition())));
    }
    consumer.assign(partitions);
  }
}
