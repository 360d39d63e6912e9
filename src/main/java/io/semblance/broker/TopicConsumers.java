package io.semblance.broker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Makes consumers that read every partition of their topics, without a consumer group, and see
 * committed records alone.
 */
public final class TopicConsumers {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);

  private TopicConsumers() {}

  /**
   * Returns a consumer of all that the topics hold and that comes to them.
   *
   * @throws BrokerException if the broker lacks one of the topics
   */
  public static KafkaConsumer<String, byte[]> fromBeginning(
      String bootstrapServers, List<String> topics) {
    KafkaConsumer<String, byte[]> consumer = assigned(bootstrapServers, topics);
    consumer.seekToBeginning(consumer.assignment());
    return consumer;
  }

  /**
   * Returns a consumer of what comes to the topics from now on.
   *
   * @throws BrokerException if the broker lacks one of the topics
   */
  public static KafkaConsumer<String, byte[]> fromNow(
      String bootstrapServers, List<String> topics) {
    KafkaConsumer<String, byte[]> consumer = assigned(bootstrapServers, topics);
    consumer.seekToEnd(consumer.assignment());
    consumer.assignment().forEach(consumer::position); // seeking is lazy, and now would be later
    return consumer;
  }

  private static KafkaConsumer<String, byte[]> assigned(
      String bootstrapServers, List<String> topics) {
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    try {
      consumer.assign(partitions(consumer, bootstrapServers, topics));
      return consumer;
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<?, ?> consumer, String bootstrapServers, List<String> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      List<PartitionInfo> found = consumer.partitionsFor(topic, TIME_LIMIT);
      if (found.isEmpty()) {
        throw BrokerException.missingTopic(bootstrapServers, topic);
      }
      found.forEach(one -> partitions.add(new TopicPartition(one.topic(), one.partition())));
    }
    return partitions;
  }
}
