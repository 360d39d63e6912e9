package io.semblance.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicConsumers;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints match alerts. */
@Command(
    name = "alerts",
    description = "Print match alerts, a line for each match.",
    mixinStandardHelpOptions = true)
final class AlertsCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(500);

  @Spec private CommandSpec spec;
  @Mixin private BrokerOption broker;
  @Mixin private JsonOption json;

  @Option(names = "--follow", description = "Go on with alerts as they come, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "From this time on, such as 2026-01-31T12:00:00Z; by default from the first.")
  private String from = "";

  private final JsonSerde<MatchAlert> serde = new JsonSerde<>(MatchAlert.class);

  @Override
  public Integer call() throws IOException {
    try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
      topics.requirePresent(Topics.MATCH_ALERTS);
    }
    try (KafkaConsumer<String, byte[]> consumer =
        TopicConsumers.fromBeginning(broker.bootstrapServers, List.of(Topics.MATCH_ALERTS))) {
      seek(consumer);
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (follow || isBefore(consumer, ends)) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          print(record.value());
        }
      }
    }
    return 0;
  }

  private void seek(KafkaConsumer<String, byte[]> consumer) {
    if (from.isEmpty()) {
      return;
    }
    long time;
    try {
      time = Instant.parse(from).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          spec.commandLine(), "--from is \"%s\": say 2026-01-31T12:00:00Z".formatted(from), e);
    }
    Map<TopicPartition, Long> times = new HashMap<>();
    consumer.assignment().forEach(partition -> times.put(partition, time));
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

  private static boolean isBefore(
      KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }

  private void print(byte[] value) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      out.println(new ObjectMapper().readTree(value));
    } else {
      lines(serde.fromBytes(value)).forEach(out::println);
    }
    out.flush();
  }

  /** Returns a line for each match: which image is like which, how much, and above what. */
  static List<String> lines(MatchAlert alert) {
    return alert.matches().stream()
        .map(match ->
            String.format(
                Locale.ROOT,
                "%s  is like  %s  similarity %.3f (threshold %.3f)%s",
                alert.imageId(),
                match.imageId(),
                match.similarity(),
                alert.threshold(),
                match.exactBytes() ? "  same bytes" : ""))
        .toList();
  }
}
