package io.semblance.cli;

import io.semblance.event.CloudEventHeaders;
import io.semblance.event.Topics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what could not be processed. */
@Command(
    name = "dead-letters",
    description =
        "Print the records that could not be processed, with their origin and the reason.",
    mixinStandardHelpOptions = true)
final class DeadLettersCommand implements Callable<Integer> {
  /** Header names of Kafka Streams. */
  static final String REASON = "__streams.errors.message";

  private static final String TOPIC = "__streams.errors.topic";
  private static final String PARTITION = "__streams.errors.partition";
  private static final String OFFSET = "__streams.errors.offset";

  @Spec private CommandSpec spec;
  @Mixin private TopicReader reader;
  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    reader.read(Topics.DEAD_LETTERS, this::print);
    return 0;
  }

  private void print(ConsumerRecord<String, byte[]> record) {
    String id = record.key() == null ? "a record without key" : record.key();
    String origin =
        "%s-%s@%s".formatted(text(record, TOPIC), text(record, PARTITION), text(record, OFFSET));
    String reason = text(record, REASON).lines().findFirst().orElse("no reason is given");
    Map<String, @Nullable String> fields = new LinkedHashMap<>();
    fields.put("time", TopicReader.time(record.timestamp()));
    fields.put("id", record.key());
    fields.put("origin", origin);
    fields.put("reason", reason);
    json.print(
        spec.commandLine().getOut(),
        fields,
        "%s  %s  %s  %s".formatted(fields.get("time"), id, origin, reason));
  }

  private static String text(ConsumerRecord<String, byte[]> record, String header) {
    String text = CloudEventHeaders.text(record.headers(), header);
    return text == null ? "" : text;
  }
}
