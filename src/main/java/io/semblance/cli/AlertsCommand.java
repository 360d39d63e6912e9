package io.semblance.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints match alerts. */
@Command(
    name = "alerts",
    description = "Print match alerts, a line for each match.",
    mixinStandardHelpOptions = true)
final class AlertsCommand implements Callable<Integer> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private TopicReader reader;
  @Mixin private JsonOption json;

  @Option(names = "--tenant", description = "Alerts of this tenant alone; by default of all.")
  private @Nullable String tenant;

  private final JsonSerde<MatchAlert> serde = new JsonSerde<>(MatchAlert.class);

  @Override
  public Integer call() {
    reader.read(Topics.MATCH_ALERTS, this::print);
    return 0;
  }

  private void print(ConsumerRecord<String, byte[]> record) {
    MatchAlert alert = serde.fromBytes(record.value());
    if (tenant != null && !tenant.equals(alert.tenant())) {
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      out.println(onOneLine(record.value()));
    } else {
      lines(record.timestamp(), alert).forEach(out::println);
    }
    out.flush();
  }

  private static String onOneLine(byte[] document) {
    try {
      return MAPPER.readTree(document).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("an alert is no JSON document", e);
    }
  }

  /** Returns a line for each match: which image is like which, how much, and above what. */
  private static List<String> lines(long timestamp, MatchAlert alert) {
    return alert.matches().stream()
        .map(match ->
            String.format(
                Locale.ROOT,
                "%s  %s  is like  %s  similarity %.3f (threshold %.3f)%s%s",
                TopicReader.time(timestamp),
                alert.imageId(),
                match.imageId(),
                match.similarity(),
                alert.threshold(),
                match.exactBytes() ? "  same bytes" : "",
                alert.tenant().isEmpty() ? "" : "  tenant " + alert.tenant()))
        .toList();
  }
}
