package io.semblance.stream;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Shows every polled record to the {@link PollListener}s found in the consumer's configuration.
 * Kafka makes one instance for each consumer, by reflection.
 */
public final class PollInterceptor implements ConsumerInterceptor<byte[], byte[]> {
  /** Configuration key whose value is a {@code List<PollListener>}. */
  public static final String LISTENERS = "semblance.poll.listeners";

  private List<PollListener> listeners = List.of();

  @Override
  public void configure(Map<String, ?> configuration) {
    List<?> configured =
        (List<?>)
            Objects.requireNonNull(
                configuration.get(LISTENERS),
                () -> "the consumer's configuration lacks " + LISTENERS);
    listeners = configured.stream().map(PollListener.class::cast).toList();
  }

  @Override
  public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      for (PollListener listener : listeners) {
        listener.polled(record);
      }
    }
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}
}
