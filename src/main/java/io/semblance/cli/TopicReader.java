package io.semblance.cli;

import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicConsumers;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Reads a topic for a command: which broker, from when on, and whether to go on. */
final class TopicReader {
  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private BrokerOption broker;

  @Option(names = "--follow", description = "Go on with what comes, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "From this time on: 2026-01-31T12:00:00Z, or 2026-01-31 for midnight UTC; by default from the first.")
  private @Nullable Instant from;

  /** Reads a time, or a date for its first moment in UTC. */
  static final class TimeConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      try {
        return text.contains("T")
            ? OffsetDateTime.parse(text).toInstant()
            : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      } catch (DateTimeException e) {
        throw new TypeConversionException(
            "\"%s\" is no time: say 2026-01-31 or 2026-01-31T12:00:00Z".formatted(text));
      }
    }
  }

  /**
   * Shows {@code each} record of {@code topic}: those that are there in the order of their time,
   * and then, if so asked, those that come.
   *
   * @throws io.semblance.broker.BrokerException if the broker cannot be reached or lacks the topic
   */
  void read(String topic, Consumer<ConsumerRecord<String, byte[]>> each) {
    try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
      topics.requirePresent(topic);
    }
    try (KafkaConsumer<String, byte[]> consumer =
        TopicConsumers.fromBeginning(broker.bootstrapServers, List.of(topic))) {
      if (from != null) {
        seek(consumer, from);
      }
      readPresent(consumer, each);
      while (follow) {
        readPolled(consumer, each);
      }
    }
  }

  private static void seek(KafkaConsumer<String, byte[]> consumer, Instant from) {
    Map<TopicPartition, Long> times = new HashMap<>();
    consumer.assignment().forEach(partition -> times.put(partition, from.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> offsets = consumer.offsetsForTimes(times);
    for (TopicPartition partition : consumer.assignment()) {
      OffsetAndTimestamp first = offsets.get(partition);
      if (first == null) {
        consumer.seekToEnd(List.of(partition));
      } else {
        consumer.seek(partition, first.offset());
      }
    }
  }

  private static void readPresent(
      KafkaConsumer<String, byte[]> consumer, Consumer<ConsumerRecord<String, byte[]>> each) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    TimeOrder order = new TimeOrder();
    Set<TopicPartition> unread = unread(consumer, ends);
    while (!unread.isEmpty()) {
      consumer.resume(consumer.paused());
      consumer.pause(order.full());
      consumer.poll(POLL).forEach(order::add);
      unread = unread(consumer, ends);
      show(order, unread, each);
    }
    consumer.resume(consumer.paused());
  }

  private static void readPolled(
      KafkaConsumer<String, byte[]> consumer, Consumer<ConsumerRecord<String, byte[]>> each) {
    TimeOrder order = new TimeOrder();
    consumer.poll(POLL).forEach(order::add);
    show(order, Set.of(), each);
  }

  private static void show(
      TimeOrder order, Set<TopicPartition> unread, Consumer<ConsumerRecord<String, byte[]>> each) {
    for (Optional<ConsumerRecord<String, byte[]>> next = order.next(unread);
        next.isPresent();
        next = order.next(unread)) {
      each.accept(next.get());
    }
  }

  private static Set<TopicPartition> unread(
      KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    Set<TopicPartition> unread = new HashSet<>();
    ends.forEach((partition, end) -> {
      if (consumer.position(partition) < end) {
        unread.add(partition);
      }
    });
    return unread;
  }

  /** Returns a record's time, to the second. */
  static String time(long timestamp) {
    return Instant.ofEpochMilli(timestamp).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
