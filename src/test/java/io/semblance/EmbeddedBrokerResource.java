package io.semblance;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.semblance.broker.BrokerException;
import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A real broker with the declared topics and an empty state directory, for one test run.
 *
 * <p>The broker chooses its ports before it binds them, so that another process may take one in
 * between: it is then started anew, elsewhere.
 */
public final class EmbeddedBrokerResource implements QuarkusTestResourceLifecycleManager {
  private static final int ATTEMPTS_MAX = 5;

  /** Names further topics that the broker has, with commas between. */
  public static final String FURTHER_TOPICS = "further-topics";

  private final Path directory = temporaryDirectory();
  private List<String> furtherTopics = List.of();
  private EmbeddedBroker broker;

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory(Path.of("target"), "service-test-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void init(Map<String, String> arguments) {
    furtherTopics = List.of(arguments.getOrDefault(FURTHER_TOPICS, "").split(","));
  }

  @Override
  public Map<String, String> start() {
    broker = startBroker();
    try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers())) {
      topics.createMissing(TopicDeclarations.with(furtherTopics));
    }
    return Map.of(
        "kafka.bootstrap.servers",
        broker.bootstrapServers(),
        "semblance.state-directory",
        directory.toString(),
        "quarkus.http.test-port",
        "0");
  }

  private EmbeddedBroker startBroker() {
    for (int attempt = 1; ; attempt++) {
      try {
        return EmbeddedBroker.start(directory.resolve("broker-" + attempt), 0);
      } catch (BrokerException e) {
        if (attempt == ATTEMPTS_MAX) {
          throw e;
        }
      }
    }
  }

  @Override
  public void stop() {
    if (broker != null) {
      broker.close();
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      List<Path> paths = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path path : paths) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
