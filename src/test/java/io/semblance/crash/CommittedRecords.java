package io.semblance.crash;

import io.semblance.event.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * What consumers with {@code isolation.level=read_committed} get to see once every transaction has
 * ended. A killed instance's transaction stays open until the broker gives it up, and hides all
 * that others wrote behind it: reading ends at the log's end, not at what is visible by now.
 */
final class CommittedRecords {
  private static final List<String> INPUTS =
      List.of(
          Topics.IMAGE_UPLOADS, Topics.IMAGE_EMBEDDINGS, Topics.MATCH_PROBES, Topics.SHARD_MATCHES);

  private static final Duration READ_TIME_LIMIT = Duration.ofMinutes(2);

  private final String bootstrapServers;
  private final List<String> inputs = new ArrayList<>(INPUTS);

  /**
   * @param furtherInputs topics that the service reads beside the usual ones
   */
  CommittedRecords(String bootstrapServers, String... furtherInputs) {
    this.bootstrapServers = bootstrapServers;
    this.inputs.addAll(List.of(furtherInputs));
  }

  /** Reads a topic from its beginning to its end. */
  List<ConsumerRecord<String, byte[]>> all(String topic) {
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      return read(consumer, partitions(consumer, topic), partition -> 0);
    }
  }

  /**
   * Counts the records of the first input topic that has any which the service has yet to process.
   * The difference of the offsets would count the marks of transactions too.
   */
  int unprocessed(Cluster cluster) throws InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try {
      cluster.committed().forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    } catch (ExecutionException | TimeoutException e) {
      return Integer.MAX_VALUE; // the broker is away
    }
    for (String topic : inputs) {
      try (KafkaConsumer<String, byte[]> consumer = consumer()) {
        List<ConsumerRecord<String, byte[]>> behind =
            read(
                consumer,
                partitions(consumer, topic),
                partition -> offsets.getOrDefault(partition, 0L));
        if (!behind.isEmpty()) {
          return behind.size();
        }
      }
    }
    return 0;
  }

  /** Where the logs end; a read_committed consumer would name its last stable offsets. */
  private Map<TopicPartition, Long> logEnds(Collection<TopicPartition> partitions) {
    try (KafkaConsumer<String, byte[]> consumer = consumer("read_uncommitted")) {
      return consumer.endOffsets(partitions);
    }
  }

  private KafkaConsumer<String, byte[]> consumer() {
    return consumer("read_committed");
  }

  private KafkaConsumer<String, byte[]> consumer(String isolationLevel) {
    Map<String, Object> configuration = new HashMap<>();
    configuration.put("bootstrap.servers", bootstrapServers);
    configuration.put("isolation.level", isolationLevel);
    configuration.put("enable.auto.commit", "false");
    configuration.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(
        configuration, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<String, byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(partition -> new TopicPartition(topic, partition.partition()))
        .toList();
  }

  private List<ConsumerRecord<String, byte[]>> read(
      KafkaConsumer<String, byte[]> consumer,
      Collection<TopicPartition> partitions,
      ToLongFunction<TopicPartition> from) {
    consumer.assign(partitions);
    partitions.forEach(partition -> consumer.seek(partition, from.applyAsLong(partition)));
    Map<TopicPartition, Long> ends = logEnds(partitions);
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    long deadline = System.nanoTime() + READ_TIME_LIMIT.toNanos();
    while (partitions.stream()
        .anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("%s cannot be read to its end %s".formatted(partitions, ends));
      }
      consumer.poll(Duration.ofMillis(200)).forEach(records::add);
    }
    return records;
  }
}
