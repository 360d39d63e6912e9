package io.semblance.topology;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** A service that is started before its broker. */
@QuarkusTest
@TestProfile(StartWatchTest.BeforeItsBroker.class)
class StartWatchTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @ConfigProperty(name = "kafka.bootstrap.servers")
  String bootstrapServers;

  @ConfigProperty(name = "semblance.state-directory")
  Path directory;

  @ConfigProperty(name = "quarkus.log.file.path")
  Path log;

  /** A service whose broker does not run yet, and whose log can be read. */
  public static final class BeforeItsBroker implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Path directory = Files.createTempDirectory(Path.of("target"), "start-watch-test-");
        return Map.of(
            "kafka.bootstrap.servers",
            "127.0.0.1:" + free.getLocalPort(),
            "semblance.state-directory",
            directory.toString(),
            "quarkus.http.test-port",
            "0",
            "quarkus.log.file.enabled",
            "true",
            "quarkus.log.file.path",
            directory.resolve("service.log").toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }
  }

  @Test
  void shouldSayWhatItWaitsForAndStartWhenThatIsThere() throws IOException {
    await().atMost(LIMIT).until(() -> Files.exists(log) && waitingLines().size() == 1);
    assertThat(waitingLines().getFirst())
        .contains("Waiting for a Kafka broker at " + bootstrapServers)
        .contains("--bootstrap-servers");
    given().get("/q/health/live").then().statusCode(200);
    given().get("/q/health/ready").then().statusCode(503);

    int port = Integer.parseInt(bootstrapServers.substring(bootstrapServers.indexOf(':') + 1));
    try (EmbeddedBroker _ = EmbeddedBroker.start(directory.resolve("broker"), port);
        TopicAdministration topics = new TopicAdministration(bootstrapServers)) {
      await().atMost(LIMIT).until(() -> waitingLines().size() == 2);
      assertThat(waitingLines().getLast())
          .contains("image-uploads", "match-alerts")
          .contains("./semblance topics create");

      topics.createMissing(TopicDeclarations.all());

      await()
          .atMost(LIMIT)
          .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
      assertThat(waitingLines()).hasSize(2);
      assertThat(Files.readString(log)).doesNotContain("TimeoutException");
    }
  }

  private List<String> waitingLines() throws IOException {
    return Files.readAllLines(log).stream().filter(line -> line.contains("Waiting for")).toList();
  }
}
