package io.semblance.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The service in this process, with a broker beside it where asked for. */
@ApplicationScoped
final class EmbeddedService {
  private static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";

  /** Started before the service exists, stopped when it has stopped. */
  private static volatile @Nullable EmbeddedBroker broker;

  private static final CountDownLatch STARTED = new CountDownLatch(1);

  EmbeddedService() {}

  void start(@Observes StartupEvent event) {
    STARTED.countDown();
  }

  /**
   * Returns when the service has started; its streams then start by themselves.
   *
   * @throws IllegalStateException if it has not within {@code limit}
   */
  static void awaitStart(Duration limit) throws InterruptedException {
    if (!STARTED.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          "the service has not started within %d s: see the log above"
              .formatted(limit.toSeconds()));
    }
  }

  /**
   * Starts a broker and creates the declared topics.
   *
   * @param port where it listens; 0 takes the port of its last start
   * @return its address
   */
  static String startBroker(Path stateDirectory, int port) {
    EmbeddedBroker started = EmbeddedBroker.start(stateDirectory.resolve("broker"), port);
    broker = started;
    System.setProperty(BOOTSTRAP_SERVERS, started.bootstrapServers());
    try (TopicAdministration topics = new TopicAdministration(started.bootstrapServers())) {
      topics.createMissing(TopicDeclarations.all());
    }
    return started.bootstrapServers();
  }

  /** Runs the service until it is told to stop; returns the exit status. */
  static int run(Path stateDirectory, int httpPort) {
    System.setProperty("semblance.state-directory", stateDirectory.toString());
    System.setProperty("quarkus.http.port", Integer.toString(httpPort));
    int[] status = new int[1];
    Quarkus.run(
        null,
        (code, failure) -> {
          status[0] = failure == null ? code : 1;
          if (failure != null) {
            System.err.println("semblance: the service failed: " + rootMessage(failure));
          }
        });
    stopBroker();
    return status[0];
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage());
    return root instanceof ConfigException && message.contains("bootstrap.servers")
        ? message + "; name a host that is known, and its port, with --bootstrap-servers HOST:PORT"
        : message;
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
