package io.semblance.api;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A broker with the declared topics and a state directory of its own, for tests of the service. */
public final class EmbeddedBrokerResource implements QuarkusTestResourceLifecycleManager {
  private @Nullable EmbeddedBroker broker;
  private @Nullable Path directory;

  @Override
  public Map<String, String> start() {
    try {
      directory = Files.createTempDirectory("semblance-api");
      broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
      try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers())) {
        topics.createMissing(TopicDeclarations.all());
      }
      return Map.of(
          "kafka.bootstrap.servers",
          broker.bootstrapServers(),
          "semblance.state-directory",
          directory.resolve("state").toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    if (broker != null) {
      broker.close();
    }
    if (directory != null) {
      try (Stream<Path> files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
