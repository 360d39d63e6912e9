package io.semblance.cli.bench;

import io.semblance.broker.TopicConsumers;
import io.semblance.event.CloudEventHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * When each image's record of a topic became visible to a {@code read_committed} consumer, from the
 * moment this is made. Reads on a thread of its own.
 */
final class Arrivals implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * One image's first record.
   *
   * @param seenNanos {@link System#nanoTime()} when the consumer had it
   * @param emitted when the service wrote it, inside its transaction
   */
  record Arrival(long seenNanos, Instant emitted) {}

  private final KafkaConsumer<String, byte[]> consumer;
  private final Function<ConsumerRecord<String, byte[]>, Collection<String>> images;
  private final Map<String, Arrival> arrivals = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile @Nullable RuntimeException failure;

  /**
   * @param images which images a record is about
   */
  Arrivals(
      String bootstrapServers,
      String topic,
      Function<ConsumerRecord<String, byte[]>, Collection<String>> images) {
    this.images = images;
    consumer = TopicConsumers.fromNow(bootstrapServers, List.of(topic));
    thread = Thread.ofPlatform().name("bench-" + topic).daemon().start(this::readUntilClosed);
  }

  private void readUntilClosed() {
    try (consumer) {
      while (true) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          note(record, System.nanoTime());
        }
      }
    } catch (WakeupException e) {
      // closed
    } catch (RuntimeException e) {
      failure = e;
    }
    synchronized (this) {
      notifyAll();
    }
  }

  private synchronized void note(ConsumerRecord<String, byte[]> record, long now) {
    String time = CloudEventHeaders.text(record.headers(), CloudEventHeaders.TIME);
    Arrival arrival = new Arrival(now, time == null ? Instant.MIN : Instant.parse(time));
    images.apply(record).forEach(image -> arrivals.putIfAbsent(image, arrival));
    notifyAll();
  }

  /**
   * Waits until every one of {@code ids} has arrived.
   *
   * @throws IllegalStateException if they have not within {@code limit}
   */
  synchronized void await(Collection<String> ids, Duration limit) throws InterruptedException {
    long started = System.nanoTime();
    for (String id : ids) {
      while (!arrivals.containsKey(id)) {
        RuntimeException cause = failure;
        if (cause != null) {
          throw new IllegalStateException("the consumer failed: " + cause.getMessage(), cause);
        }
        long left = limit.toMillis() - (System.nanoTime() - started) / 1_000_000;
        if (left <= 0) {
          throw new IllegalStateException(
              "%s waits for %d of %d images after %s, such as %s"
                  .formatted(
                      thread.getName(),
                      ids.stream().filter(one -> !arrivals.containsKey(one)).count(),
                      ids.size(),
                      limit,
                      id));
        }
        wait(left);
      }
    }
  }

  /** Returns when the record of {@code id}, which has been awaited, arrived. */
  Arrival of(String id) {
    Arrival arrival = arrivals.get(id);
    if (arrival == null) {
      throw new IllegalStateException(id + " has not arrived");
    }
    return arrival;
  }

  /** Returns how many images have arrived. */
  int count() {
    return arrivals.size();
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
