package io.semblance.topology;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * How many partitions a topic has, asked of the broker once, when first needed: the number is a
 * constant of an index's life. Safe for use by several threads.
 */
final class PartitionCount implements IntSupplier {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);

  private final String bootstrapServers;
  private final String topic;
  private volatile int count;

  PartitionCount(String bootstrapServers, String topic) {
    this.bootstrapServers = bootstrapServers;
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
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      return admin
          .describeTopics(List.of(topic))
          .topicNameValues()
          .get(topic)
          .get(TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
          .partitions()
          .size();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for the partitions of " + topic, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "cannot learn how many partitions %s has: %s".formatted(topic, e.getMessage()), e);
    }
  }
}
