package io.semblance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A producer and a consumer of a test: what users of the topics would have. */
public final class KafkaProbe implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<ConsumerRecord<byte[], byte[]>> seen = new ArrayList<>();

  /** Reads the committed records of {@code topics} from the beginning. */
  public KafkaProbe(String bootstrapServers, String... topics) {
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers, "max.request.size", 26_000_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      consumer
          .partitionsFor(topic)
          .forEach(one -> partitions.add(new TopicPartition(topic, one.partition())));
    }
    consumer.assign(partitions);
  }

  public RecordMetadata send(
      String topic, @Nullable String key, byte @Nullable [] value, String... headers) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, key == null ? null : key.getBytes(UTF_8), value);
    for (int i = 0; i < headers.length; i += 2) {
      record.headers().add(headers[i], headers[i + 1].getBytes(UTF_8));
    }
    try {
      return producer.send(record).get();
    } catch (Exception e) {
      throw new IllegalStateException("cannot produce to " + topic, e);
    }
  }

  /** Waits for the first record, of those not yet returned too, that is {@code wanted}. */
  public ConsumerRecord<byte[], byte[]> await(Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    int looked = 0;
    while (true) {
      for (; looked < seen.size(); looked++) {
        if (wanted.test(seen.get(looked))) {
          return seen.get(looked);
        }
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("no such record within " + LIMIT);
      }
      consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
    }
  }

  public ConsumerRecord<byte[], byte[]> await(String topic, String key) {
    return await(record -> record.topic().equals(topic) && key.equals(key(record)));
  }

  /** Returns all records seen so far. */
  public List<ConsumerRecord<byte[], byte[]>> seen() {
    return List.copyOf(seen);
  }

  public static String key(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? "" : new String(record.key(), UTF_8);
  }

  @Override
  public void close() {
    producer.close();
    consumer.close();
  }
}
