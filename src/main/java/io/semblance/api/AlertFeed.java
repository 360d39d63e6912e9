package io.semblance.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.Topics;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Match alerts as server-sent events: each listener has its own consumer, sees committed alerts
 * alone and is read no faster than it takes them. Safe for use by several threads.
 */
@Singleton
final class AlertFeed {
  private static final Logger LOG = Logger.getLogger(AlertFeed.class);
  private static final Duration API_TIME_LIMIT = Duration.ofSeconds(10);
  private static final Duration POLL_TIME = Duration.ofMillis(500);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
  private static final int FETCH_BYTES_MAX = 1024 * 1024;
  private static final int POLL_RECORDS_MAX = 100;

  private final Supplier<Consumer<String, byte[]>> newConsumer;
  private final ApiLimits limits;
  private final Semaphore clients;
  private final Set<Consumer<String, byte[]>> consumers = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  @Inject
  AlertFeed(
      @Identifier("default-kafka-broker") Map<String, Object> kafka,
      ApiLimits limits,
      MeterRegistry meters) {
    this(
        () ->
            new KafkaConsumer<>(
                configuration(kafka), new StringDeserializer(), new ByteArrayDeserializer()),
        limits,
        meters);
  }

  AlertFeed(
      Supplier<Consumer<String, byte[]>> newConsumer, ApiLimits limits, MeterRegistry meters) {
    this.newConsumer = newConsumer;
    this.limits = limits;
    clients = new Semaphore(limits.alertClientsMax());
    Gauge.builder("semblance.alerts.listeners", consumers, Set::size)
        .description("Clients that listen for alerts")
        .register(meters);
  }

  /**
   * Writes alerts to {@code out} until the client leaves or the service stops.
   *
   * <p>A listener's place and its consumer are held within this call alone, so that a request whose
   * body is never written, such as HEAD, holds neither.
   *
   * @param tenant only alerts of this tenant
   * @throws ProblemException before anything is written, if there are too many listeners or the
   *     topic cannot be read
   */
  void write(AlertStart start, String tenant, OutputStream out) {
    if (stopping || !clients.tryAcquire()) {
      throw new ProblemException(
          Response.Status.TOO_MANY_REQUESTS.getStatusCode(),
          "listeners-full",
          "%d clients listen for alerts, the most at a time: try again, or read the topic %s"
              .formatted(limits.alertClientsMax(), Topics.MATCH_ALERTS),
          RETRY_AFTER);
    }
    @Nullable Consumer<String, byte[]> consumer = null;
    try {
      consumer = open();
      consumers.add(consumer);
      Feed feed = new Feed(consumer, tenant);
      seek(feed, start);
      feed.write(out);
    } finally {
      if (consumer != null) {
        consumers.remove(consumer);
      }
      clients.release();
      if (consumer != null) {
        consumer.close();
      }
    }
  }

  private Consumer<String, byte[]> open() {
    try {
      return newConsumer.get();
    } catch (KafkaException e) {
      throw unavailable(e);
    }
  }

  private static void seek(Feed feed, AlertStart start) {
    try {
      feed.seek(start);
    } catch (KafkaException e) {
      throw unavailable(e);
    }
  }

  private static ProblemException unavailable(KafkaException cause) {
    return new ProblemException(
        Response.Status.SERVICE_UNAVAILABLE.getStatusCode(),
        "alerts-unavailable",
        "the topic %s cannot be read (%s): is the broker reachable?"
            .formatted(Topics.MATCH_ALERTS, cause.getMessage()),
        RETRY_AFTER);
  }

  private static Map<String, Object> configuration(Map<String, Object> kafka) {
    Map<String, Object> configuration = new HashMap<>(kafka);
    configuration.remove(ConsumerConfig.GROUP_ID_CONFIG);
    configuration.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    configuration.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // A point to resume at that has been deleted meanwhile: go on with the oldest alert there is.
    configuration.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    configuration.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    configuration.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES_MAX);
    configuration.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES_MAX);
    configuration.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS_MAX);
    configuration.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(API_TIME_LIMIT.toMillis()));
    configuration.put(ConsumerConfig.CLIENT_ID_CONFIG, "semblance-api-alerts");
    return configuration;
  }

  void stop(@Observes ShutdownEvent event) {
    stopping = true;
    consumers.forEach(Consumer::wakeup);
  }

  /** One listener's feed; used by one thread. */
  private final class Feed {
    private final Consumer<String, byte[]> consumer;
    private final String tenant;
    private final Map<Integer, Long> nextOffsets = new HashMap<>();

    private Feed(Consumer<String, byte[]> consumer, String tenant) {
      this.consumer = consumer;
      this.tenant = tenant;
    }

    private void seek(AlertStart start) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.MATCH_ALERTS).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      if (partitions.isEmpty()) {
        throw new KafkaException("the topic does not exist");
      }
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<TopicPartition, OffsetAndTimestamp> atTime =
          start instanceof AlertStart.At(var time)
              ? consumer.offsetsForTimes(
                  partitions.stream()
                      .collect(
                          Collectors.toMap(
                              partition -> partition, partition -> time.toEpochMilli())))
              : Map.of();
      for (TopicPartition partition : partitions) {
        long end = ends.getOrDefault(partition, 0L);
        OffsetAndTimestamp found = atTime.get(partition);
        long from =
            switch (start) {
              case AlertStart.Now() -> end;
              case AlertStart.At(var time) -> found == null ? end : found.offset();
              // Partitions that an older id does not name were added later: from their beginning.
              case AlertStart.After(var offsets) -> offsets.getOrDefault(partition.partition(), 0L);
            };
        consumer.seek(partition, from);
        nextOffsets.put(partition.partition(), from);
      }
    }

    private void write(OutputStream out) {
      try {
        out.write(": alerts follow\nretry: 2000\n\n".getBytes(UTF_8));
        out.flush();
        long heartbeat = System.nanoTime();
        while (!stopping) {
          boolean written = false;
          for (ConsumerRecord<String, byte[]> alert : consumer.poll(POLL_TIME)) {
            nextOffsets.put(alert.partition(), alert.offset() + 1);
            if (isWanted(alert)) {
              write(out, alert.value());
              written = true;
            }
          }
          boolean silent = System.nanoTime() - heartbeat >= limits.alertHeartbeat().toNanos();
          if (written || silent) {
            if (!written) {
              out.write(": still here\n\n".getBytes(UTF_8));
            }
            out.flush();
            heartbeat = System.nanoTime();
          }
        }
      } catch (IOException e) {
        LOG.debugf("A listener has left: %s", e.getMessage());
      } catch (WakeupException e) {
        LOG.debug("A listener is left, since the service stops");
      } catch (KafkaException e) {
        // The answer has begun: its end is all that the client can be told. It then resumes.
        LOG.warnf("A listener is left, since its alerts cannot be read: %s", e.getMessage());
      }
    }

    private boolean isWanted(ConsumerRecord<String, byte[]> alert) {
      if (alert.value() == null) {
        return false;
      }
      String owner = CloudEventHeaders.text(alert.headers(), CloudEventHeaders.TENANT);
      return tenant.equals(owner == null ? "" : owner);
    }

    private void write(OutputStream out, byte[] json) throws IOException {
      StringBuilder event = new StringBuilder();
      event.append("id: ").append(new AlertStart.After(nextOffsets).eventId()).append('\n');
      event.append("event: match-alert\n");
      new String(json, UTF_8)
          .lines()
          .forEach(line -> event.append("data: ").append(line).append('\n'));
      out.write(event.append('\n').toString().getBytes(UTF_8));
    }
  }
}
