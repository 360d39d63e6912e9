package io.semblance.topology;

import io.semblance.stream.PollInterceptor;
import io.semblance.stream.PollListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Plain Kafka clients, but the main consumers' {@link PollInterceptor} is told who listens: Kafka
 * makes interceptors by reflection, so the listeners travel in the consumer's configuration.
 */
final class PollingClientSupplier implements KafkaClientSupplier {
  private final List<PollListener> listeners;

  PollingClientSupplier(List<PollListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public Admin getAdmin(Map<String, Object> configuration) {
    return Admin.create(configuration);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> configuration) {
    return new KafkaProducer<>(configuration, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> configuration) {
    Map<String, Object> withListeners = new HashMap<>(configuration);
    withListeners.put(PollInterceptor.LISTENERS, listeners);
    return consumer(withListeners);
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> configuration) {
    return consumer(configuration);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> configuration) {
    return consumer(configuration);
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> configuration) {
    return new KafkaConsumer<>(
        configuration, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
