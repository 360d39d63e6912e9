package io.semblance.topology;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Says what the streams wait for before they start: a broker, or topics on it. The waiting itself
 * is the Kafka Streams extension's, which is silent at first and then logs a stack trace for each
 * attempt; its own lines are therefore switched off.
 */
@ApplicationScoped
class StartWatch {
  private static final Logger LOG = Logger.getLogger(StartWatch.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration TIME_LIMIT = Duration.ofSeconds(3);

  private final Map<String, Object> kafka;
  private final String bootstrapServers;
  private final List<String> topics;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("start-watch").daemon().factory());

  /** What was said last; of the timer's thread alone. */
  private Optional<String> said = Optional.empty();

  StartWatch(
      @Identifier("default-kafka-broker") Map<String, Object> kafka,
      @ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers,
      @ConfigProperty(name = "quarkus.kafka-streams.topics") List<String> topics) {
    this.kafka = kafka;
    this.bootstrapServers = bootstrapServers;
    this.topics = topics;
  }

  void start(@Observes StartupEvent event) {
    timer.scheduleWithFixedDelay(this::look, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  void stop(@Observes ShutdownEvent event) {
    timer.shutdownNow();
  }

  private void look() {
    Optional<String> obstacle;
    try {
      obstacle = obstacle();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    if (obstacle.isEmpty()) {
      said.ifPresent(_ -> LOG.infof("The broker at %s has every topic", bootstrapServers));
      timer.shutdown();
    } else if (!obstacle.equals(said)) {
      said = obstacle;
      LOG.warn(obstacle.get());
    }
  }

  private Optional<String> obstacle() throws InterruptedException {
    try (Admin admin = admin()) {
      Set<String> present =
          admin.listTopics().names().get(TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      List<String> missing = topics.stream().filter(topic -> !present.contains(topic)).toList();
      return missing.isEmpty()
          ? Optional.empty()
          : Optional.of(
              "Waiting for the broker at %s to have the topics %s: create them with ./semblance topics create"
                  .formatted(bootstrapServers, String.join(", ", missing)));
    } catch (ExecutionException | TimeoutException e) {
      return Optional.of(
          "Waiting for a Kafka broker at %s: start it, or name another with --bootstrap-servers"
              .formatted(bootstrapServers));
    }
  }

  private Admin admin() {
    int limit = (int) TIME_LIMIT.toMillis();
    Map<String, Object> settings = AdminSettings.of(kafka);
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, limit);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, limit);
    return Admin.create(settings);
  }
}
