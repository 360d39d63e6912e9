package io.semblance.broker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/** Compares the declared topics with those of a broker, and creates what is missing. */
public final class TopicAdministration implements AutoCloseable {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);
  private static final String MIN_IN_SYNC = "min.insync.replicas";

  private final Admin admin;
  private final String bootstrapServers;

  /**
   * Connects to a broker; an unreachable one is reported by the first call.
   *
   * @throws BrokerException if the address is none, or no host of it is known
   */
  public TopicAdministration(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    try {
      admin =
          Admin.create(
              Map.of(
                  AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                  bootstrapServers,
                  AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                  (int) TIME_LIMIT.toMillis(),
                  AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                  (int) TIME_LIMIT.toMillis() / 2));
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new BrokerException(
          "%s leads to no broker: %s; name a host that is known, and its port, with --bootstrap-servers HOST:PORT"
              .formatted(bootstrapServers, cause.getMessage()),
          e);
    }
  }

  /**
   * Creates the declared topics that are missing. A cluster smaller than the declared number of
   * replicas gets as many as it has brokers.
   *
   * @return the names of those that were created
   * @throws BrokerException if the broker cannot be reached or refuses
   */
  public List<String> createMissing(List<TopicDeclaration> declared) {
    Set<String> present = await(admin.listTopics().names());
    int brokers = await(admin.describeCluster().nodes()).size();
    List<NewTopic> missing = new ArrayList<>();
    for (TopicDeclaration topic : declared) {
      if (!present.contains(topic.name())) {
        missing.add(newTopic(topic, Math.min(topic.replicas(), brokers)));
      }
    }
    List<String> created = new ArrayList<>();
    admin
        .createTopics(missing)
        .values()
        .forEach((name, result) -> {
          if (created(result)) {
            created.add(name);
          }
        });
    return created;
  }

  /**
   * Checks that a topic exists, before a client waits for it in vain.
   *
   * @throws BrokerException if the broker cannot be reached or lacks the topic
   */
  public void requirePresent(String topic) {
    if (!await(admin.listTopics().names()).contains(topic)) {
      throw BrokerException.missingTopic(bootstrapServers, topic);
    }
  }

  private static NewTopic newTopic(TopicDeclaration topic, int replicas) {
    Map<String, String> configuration = new HashMap<>(topic.configuration());
    String declared = configuration.get(MIN_IN_SYNC);
    if (declared != null && Integer.parseInt(declared) > replicas) {
      configuration.put(MIN_IN_SYNC, Integer.toString(replicas));
    }
    return new NewTopic(topic.name(), topic.partitions(), (short) replicas).configs(configuration);
  }

  private boolean created(KafkaFuture<Void> result) {
    try {
      await(result);
      return true;
    } catch (BrokerException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false; // somebody else was quicker
      }
      throw e;
    }
  }

  /**
   * Returns how the broker's topics differ from the declared ones, a line each; none if they do
   * not. On a cluster smaller than declared, fewer replicas are no difference.
   *
   * @throws BrokerException if the broker cannot be reached or refuses
   */
  public List<String> differences(List<TopicDeclaration> declared) {
    Set<String> present = await(admin.listTopics().names());
    int brokers = await(admin.describeCluster().nodes()).size();
    List<String> differences = new ArrayList<>();
    for (TopicDeclaration topic : declared) {
      if (!present.contains(topic.name())) {
        differences.add(topic.name() + ": missing");
        continue;
      }
      TopicDescription description =
          Objects.requireNonNull(
              await(admin.describeTopics(List.of(topic.name())).allTopicNames()).get(topic.name()));
      compare(differences, topic, description, Math.min(topic.replicas(), brokers));
      compare(differences, topic, Math.min(topic.replicas(), brokers));
    }
    return differences;
  }

  private static void compare(
      List<String> differences, TopicDeclaration topic, TopicDescription actual, int replicas) {
    if (actual.partitions().size() != topic.partitions()) {
      differences.add(
          "%s: %d partitions, declared %d"
              .formatted(topic.name(), actual.partitions().size(), topic.partitions()));
    }
    int actualReplicas = actual.partitions().getFirst().replicas().size();
    if (actualReplicas < replicas) {
      differences.add(
          "%s: %d replicas, declared %d".formatted(topic.name(), actualReplicas, replicas));
    }
  }

  private void compare(List<String> differences, TopicDeclaration topic, int replicas) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    Config actual =
        Objects.requireNonNull(await(admin.describeConfigs(List.of(resource)).all()).get(resource));
    topic
        .configuration()
        .forEach((key, value) -> {
          String found = actual.get(key) == null ? "" : actual.get(key).value();
          boolean smallCluster = key.equals(MIN_IN_SYNC) && Integer.parseInt(value) > replicas;
          if (!value.equals(found) && !smallCluster) {
            differences.add("%s: %s is %s, declared %s".formatted(topic.name(), key, found, value));
          }
        });
  }

  private <T> T await(KafkaFuture<T> future) {
    try {
      return future.get(TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while asking the broker", e);
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
        throw unreachable(cause);
      }
      throw new BrokerException(
          "the broker at %s refuses: %s".formatted(bootstrapServers, cause.getMessage()), cause);
    }
  }

  private BrokerException unreachable(Throwable cause) {
    return new BrokerException(
        "no broker answers at %s within %d s: start one (./semblance serve --embedded-broker) or name another with --bootstrap-servers or $KAFKA_BOOTSTRAP_SERVERS"
            .formatted(bootstrapServers, TIME_LIMIT.toSeconds()),
        cause);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
