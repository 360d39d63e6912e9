package io.semblance.cli.bench;

import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The way from an upload to its embedding and its alert, as clients of Kafka see it. */
final class KafkaPath implements AutoCloseable {
  static final Duration TIME_LIMIT = Duration.ofMinutes(5);

  final UploadSender sender;
  final Arrivals embeddings;
  final Arrivals alerts;
  private final Arrivals deadLetters;

  KafkaPath(String bootstrapServers) {
    JsonSerde<MatchAlert> serde = new JsonSerde<>(MatchAlert.class);
    embeddings =
        new Arrivals(bootstrapServers, Topics.IMAGE_EMBEDDINGS, record -> List.of(record.key()));
    alerts =
        new Arrivals(
            bootstrapServers,
            Topics.MATCH_ALERTS,
            record -> images(serde.fromBytes(record.value())));
    deadLetters = new Arrivals(bootstrapServers, Topics.DEAD_LETTERS, KafkaPath::deadLetter);
    sender = new UploadSender(bootstrapServers);
  }

  private static Collection<String> images(MatchAlert alert) {
    List<String> images = new ArrayList<>();
    images.add(alert.imageId());
    alert.matches().forEach(match -> images.add(match.imageId()));
    return images;
  }

  private static Collection<String> deadLetter(ConsumerRecord<String, byte[]> record) {
    return List.of(String.valueOf(record.key()));
  }

  /** Waits until the service has nothing left to do: a pair sent last has its alert. */
  void drain(String name, Photographs.Pair pair) throws InterruptedException {
    String original = name + "-original";
    String copy = name + "-copy";
    sender.send(original, name, pair.original());
    embeddings.await(List.of(original), TIME_LIMIT);
    sender.send(copy, name, pair.copy());
    alerts.await(List.of(copy), TIME_LIMIT);
  }

  /**
   * @throws IllegalStateException if an upload became a dead letter
   */
  void requireNoDeadLetters() {
    if (deadLetters.count() > 0) {
      throw new IllegalStateException(
          "%d uploads became dead letters".formatted(deadLetters.count()));
    }
  }

  @Override
  public void close() {
    sender.close();
    embeddings.close();
    alerts.close();
    deadLetters.close();
  }
}
