package io.semblance.cli.demo;

import io.semblance.broker.TopicConsumers;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import io.semblance.event.UploadRecords;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Uploads the shipped photographs, then edited copies of them, and reads the alerts: as any
 * producer and consumer would, through Kafka alone.
 */
public final class Demonstration {
  private static final UploadRecords RECORDS = new UploadRecords("urn:semblance:demo");
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PROCESSING_LIMIT = Duration.ofMinutes(2);

  /** Silence after which a copy that is still missing counts as not found. */
  private static final Duration ALERT_LIMIT = Duration.ofSeconds(20);

  /** Silence after which no wrong alert is expected any more, once every copy is found. */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private final String bootstrapServers;
  private final PrintWriter out;
  private final JsonSerde<MatchAlert> serde = new JsonSerde<>(MatchAlert.class);
  private final Map<String, String> originals = new HashMap<>();
  private final Map<String, Edit> edits = new LinkedHashMap<>();
  private final Set<String> missing = new TreeSet<>();
  private final List<String> wrong = new ArrayList<>();

  /**
   * @param out where progress and alerts are printed
   */
  public Demonstration(String bootstrapServers, PrintWriter out) {
    this.bootstrapServers = bootstrapServers;
    this.out = out;
  }

  /**
   * Runs the demonstration.
   *
   * @return whether every copy was alerted with its original, and nothing else was
   */
  public boolean run() throws InterruptedException, ExecutionException {
    Map<String, byte[]> photographs = Photographs.all();
    try (KafkaProducer<String, byte[]> producer = producer();
        KafkaConsumer<String, byte[]> results = consumer(Topics.IMAGE_EMBEDDINGS);
        KafkaConsumer<String, byte[]> alerts = consumer(Topics.MATCH_ALERTS)) {
      line("Uploading %d photographs ...", photographs.size());
      upload(producer, photographs);
      awaitEmbedded(results, photographs.keySet());
      Map<String, byte[]> copies = copies(photographs);
      line("Uploading %d edited copies (%s) ...", copies.size(), String.join(", ", descriptions()));
      long started = System.nanoTime();
      upload(producer, copies);
      awaitAlerts(alerts);
      line("");
      summarise(copies.size(), Duration.ofNanos(System.nanoTime() - started));
    }
    return missing.isEmpty() && wrong.isEmpty();
  }

  private static List<String> descriptions() {
    return List.of(Edit.values()).stream().map(Edit::description).toList();
  }

  private Map<String, byte[]> copies(Map<String, byte[]> photographs) {
    Map<String, byte[]> copies = new LinkedHashMap<>();
    photographs.forEach((name, bytes) -> {
      BufferedImage picture = Photographs.picture(bytes);
      for (Edit edit : Edit.values()) {
        String id = "%s/%s".formatted(edit.name().toLowerCase(Locale.ROOT), name);
        copies.put(id, edit.apply(picture));
        originals.put(id, name);
        edits.put(id, edit);
      }
    });
    missing.addAll(copies.keySet());
    return copies;
  }

  private void upload(KafkaProducer<String, byte[]> producer, Map<String, byte[]> images)
      throws InterruptedException, ExecutionException {
    List<Future<?>> results = new ArrayList<>();
    for (Map.Entry<String, byte[]> image : images.entrySet()) {
      results.add(
          producer.send(RECORDS.image(image.getKey(), "demo/" + image.getKey(), image.getValue())));
    }
    for (Future<?> result : results) {
      result.get();
    }
  }

  private void awaitEmbedded(KafkaConsumer<String, byte[]> results, Set<String> ids) {
    Set<String> waiting = new HashSet<>(ids);
    long deadline = System.nanoTime() + PROCESSING_LIMIT.toNanos();
    while (!waiting.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "%d photographs were not embedded within %d s: see the log above"
                .formatted(waiting.size(), PROCESSING_LIMIT.toSeconds()));
      }
      results.poll(POLL).forEach(record -> waiting.remove(record.key()));
    }
  }

  private void awaitAlerts(KafkaConsumer<String, byte[]> alerts) {
    long limit = System.nanoTime() + PROCESSING_LIMIT.toNanos();
    long lastAlert = System.nanoTime();
    while (System.nanoTime() - limit < 0) {
      Duration patience = missing.isEmpty() ? SETTLING : ALERT_LIMIT;
      if (System.nanoTime() - lastAlert > patience.toNanos()) {
        return;
      }
      for (ConsumerRecord<String, byte[]> record : alerts.poll(POLL)) {
        lastAlert = System.nanoTime();
        print(serde.fromBytes(record.value()));
      }
    }
  }

  private void print(MatchAlert alert) {
    String id = alert.imageId();
    String original = originals.getOrDefault(id, id);
    int siblings = 0;
    for (MatchAlert.Match match : alert.matches()) {
      String other = originals.getOrDefault(match.imageId(), match.imageId());
      if (!other.equals(original)) {
        wrong.add("%s is no copy of %s (%.3f)".formatted(id, match.imageId(), match.similarity()));
      } else if (match.imageId().equals(original)) {
        missing.remove(id);
        line(
            "  %-15s %-28s is a copy of %-26s similarity %.3f (threshold %.3f)",
            edit(id), name(id), original, match.similarity(), alert.threshold());
      } else if (originals.containsKey(match.imageId()) && id.equals(original)) {
        missing.remove(match.imageId());
        line(
            "  %-15s %-28s is a copy of %-26s similarity %.3f (threshold %.3f)",
            edit(match.imageId()),
            name(match.imageId()),
            original,
            match.similarity(),
            alert.threshold());
      } else {
        siblings++;
      }
    }
    if (siblings > 0 && alert.matches().size() == siblings) {
      line("  %-15s %-28s is like %d other copies", edit(id), name(id), siblings);
    }
  }

  private String edit(String id) {
    Edit edit = edits.get(id);
    return edit == null ? "" : edit.description();
  }

  private static String name(String id) {
    return id.substring(id.indexOf('/') + 1);
  }

  private void summarise(int copies, Duration took) {
    line(
        "%d of %d copies were found, %d unrelated pairs were reported, in %.1f s.",
        copies - missing.size(), copies, wrong.size(), took.toMillis() / 1000.0);
    missing.forEach(id -> line("  NOT FOUND: %s (%s)", id, edit(id)));
    wrong.forEach(pair -> line("  WRONG: %s", pair));
  }

  private void line(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
    out.flush();
  }

  private KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  private KafkaConsumer<String, byte[]> consumer(String topic) {
    return TopicConsumers.fromBeginning(bootstrapServers, List.of(topic));
  }
}
