package io.semblance.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/** The service in this process, with a broker beside it where asked for. */
@ApplicationScoped
final class EmbeddedService {
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** Started before the service exists, stopped when it has stopped. */
  private static volatile @Nullable EmbeddedBroker broker;

  private static final CompletableFuture<KafkaStreams> STARTED = new CompletableFuture<>();

  EmbeddedService() {}

  void start(@Observes StartupEvent event, KafkaStreams streams) {
    STARTED.complete(streams);
  }

  /**
   * Returns when the service has started; its streams then start by themselves.
   *
   * @throws IllegalStateException if it has not within {@code limit}
   */
  static void awaitStart(Duration limit) throws InterruptedException {
    try {
      STARTED.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "the service has not started within %d s: see the log above".formatted(limit.toSeconds()),
          e);
    }
  }

  /**
   * Runs {@code action} once the service answers, however long it waits for its broker; never if
   * its streams fail before.
   */
  static void whenReady(Runnable action) {
    STARTED.thenAccept(streams ->
        Thread.ofPlatform()
            .name("greeting")
            .daemon()
            .start(() -> {
              if (awaitRunning(streams)) {
                action.run();
              }
            }));
  }

  private static boolean awaitRunning(KafkaStreams streams) {
    try {
      while (streams.state() != KafkaStreams.State.RUNNING) {
        if (streams.state().isShuttingDown() || streams.state().hasCompletedShutdown()) {
          return false;
        }
        Thread.sleep(PAUSE);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Starts a broker, creates the declared topics and has the service use it.
   *
   * @param stateDirectory the service's
   * @param port where it listens; 0 takes the port of its last start
   * @return its address
   */
  static String startBroker(Path stateDirectory, int port) {
    EmbeddedBroker started = EmbeddedBroker.start(stateDirectory.resolve("broker"), port);
    broker = started;
    ServiceProperties.setEmbeddedBroker(started.bootstrapServers());
    try (TopicAdministration topics = new TopicAdministration(started.bootstrapServers())) {
      topics.createMissing(ServiceProperties.topics());
    }
    return started.bootstrapServers();
  }

  /**
   * Runs the service, as its configuration says, until it is told to stop.
   *
   * @return the exit status
   */
  static int run() {
    Path stateDirectory = ServiceProperties.stateDirectory();
    int[] status = new int[1];
    Quarkus.run(
        null,
        (code, failure) -> {
          status[0] = failure == null ? code : 1;
          if (failure != null) {
            complain(failure, stateDirectory);
          }
        });
    stopBroker();
    return status[0];
  }

  /** Quarkus's own report, a stack trace whatever the cause, is switched off. */
  private static void complain(Throwable failure, Path stateDirectory) {
    Optional<String> explanation = StartFailure.explain(failure, stateDirectory);
    if (explanation.isEmpty() || System.getProperty("stacktrace") != null) {
      failure.printStackTrace();
    }
    System.err.println(
        "semblance: the service failed: " + explanation.orElseGet(() -> rootMessage(failure)));
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }

  /** The last to stop: until then the streams commit to it. */
  void stop(@Observes @Priority(9000) ShutdownEvent event) {
    stopBroker();
  }

  static synchronized void stopBroker() {
    EmbeddedBroker running = broker;
    if (running != null) {
      broker = null;
      running.close();
    }
  }
}
