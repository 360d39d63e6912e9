package io.semblance.topology;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.streams.errors.StreamsException;

/**
 * How many partitions a topic has, asked of the broker once, when first needed: the number is a
 * constant of an index's life. Safe for use by several threads.
 */
final class PartitionCount implements IntSupplier {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);

  private final Map<String, Object> kafka;
  private final String topic;
  private volatile int count;

  /**
   * @param kafka settings of Kafka clients, those of another kind of client included
   */
  PartitionCount(Map<String, Object> kafka, String topic) {
    this.kafka = AdminSettings.of(kafka);
    this.topic = topic;
  }

  @Override
  public int getAsInt() {
    if (count == 0) {
      count = ask();
    }
    return count;
  }

  private int ask() {
    try (Admin admin = Admin.create(kafka)) {
      Map<String, TopicDescription> topics =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return Objects.requireNonNull(topics.get(topic)).partitions().size();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StreamsException("interrupted while asking for the partitions of " + topic, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new StreamsException(
          "cannot learn how many partitions %s has: %s".formatted(topic, e.getMessage()), e);
    }
  }
}
