package io.semblance.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * An instance with two models that is stopped, then killed: both indexes are there again, from
 * their own files.
 */
class TwoModelsRestartIT {
  private static final int IMAGES = 12;
  private static final long SEED = Long.getLong("semblance.seed", 20260209);
  private static final Path VIT =
      Path.of("src", "test", "resources", "models", "vit-tiny").toAbsolutePath();

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void shouldKeepBothIndexesWhenItIsStoppedAndWhenItIsKilled() throws Exception {
    assumeTrue(Cluster.isPackaged(), "the service is not packaged: run ./mvnw package first");
    System.out.printf("two models, restarted: -Dsemblance.seed=%d%n", SEED);
    Path directory = Files.createTempDirectory("semblance-two-models");
    try (Cluster cluster = Cluster.withClip(directory)) {
      cluster.start("a");
      cluster.awaitReady("a");
      upload(cluster);
      awaitBothIndexes(cluster);

      assertThat(cluster.terminate("a")).isTrue();
      cluster.start("a");
      cluster.awaitReady("a");
      awaitBothIndexes(cluster);
      assertThat(storeDirectories(directory))
          .containsExactlyInAnyOrder("vector-index", "vector-index-clip");

      cluster.kill("a");
      cluster.start("a");
      cluster.awaitReady("a");
      awaitBothIndexes(cluster);
    }
    Cluster.delete(directory);
  }

  @Test
  void shouldRefuseTheIndexOfAnotherModelAndCountItsEmbeddingsWhereThereIsNoIndex()
      throws Exception {
    assumeTrue(Cluster.isPackaged(), "the service is not packaged: run ./mvnw package first");
    System.out.printf("another model: -Dsemblance.seed=%d%n", SEED);
    Path directory = Files.createTempDirectory("semblance-another-model");
    List<String> another = List.of("semblance.search-models.clip.directory=" + VIT);
    try (Cluster cluster = Cluster.withClip(directory)) {
      cluster.start("a");
      cluster.awaitReady("a");
      upload(cluster);
      awaitBothIndexes(cluster);
      assertThat(cluster.terminate("a")).isTrue();
      long said = Files.size(cluster.log("a"));

      cluster.start("a", another);
      assertThat(cluster.awaitEnd("a")).isEqualTo(1);
      assertThat(Files.readString(cluster.log("a")).substring((int) said))
          .contains("semblance: the service failed: semblance.search-models.clip.directory chooses")
          .contains("model vit-tiny", "model clip-tiny")
          .contains(Path.of("streams", "semblance", "*", "vector-index-clip").toString())
          .doesNotContain("\tat ", "Exception");

      cluster.start("b", another);
      cluster.awaitReady("b");
      JsonNode clip = json.readTree(cluster.get("b", "/v1/status").body()).at("/indexes/1");
      assertThat(clip.at("/vectors").asInt()).as("%s", clip).isZero();
      assertThat(clip.at("/foreignRecords").asInt()).as("%s", clip).isEqualTo(IMAGES);
      assertThat(clip.at("/foreignModel").asText()).contains("clip-tiny");
      assertThat(Files.readString(cluster.log("b")))
          .contains("embeddings of other models in its topic");
    }
    Cluster.delete(directory);
  }

  private static void upload(Cluster cluster) {
    SyntheticPictures pictures = new SyntheticPictures(SEED);
    List<UploadPlan.Step> steps = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      int number = i;
      steps.add(new UploadPlan.Step("picture-" + number, () -> pictures.original(number)));
    }
    Uploader.upload(cluster.bootstrapServers(), steps, new AtomicLong(Long.MAX_VALUE));
  }

  /** Until each index has every image, and a text finds them all. */
  private void awaitBothIndexes(Cluster cluster) {
    await()
        .atMost(Cluster.READY_TIME_LIMIT)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          cluster.requireAlive();
          JsonNode status = json.readTree(cluster.get("a", "/v1/status").body());
          assertThat(status.at("/indexes").size()).as("%s", status).isEqualTo(2);
          for (JsonNode index : status.at("/indexes")) {
            assertThat(index.at("/vectors").asInt()).as("%s", status).isEqualTo(IMAGES);
          }
          HttpResponse<String> answer =
              cluster.postJson("a", "/v1/search", "{\"text\": \"a picture\", \"k\": 100}");
          assertThat(json.readTree(answer.body()).at("/matches").size())
              .as(answer.body())
              .isEqualTo(IMAGES);
        });
  }

  /** Returns which stores have files in the tasks' directories. */
  private static List<String> storeDirectories(Path directory) throws Exception {
    try (var files = Files.walk(directory.resolve("a").resolve("streams"))) {
      return files
          .filter(Files::isDirectory)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("vector-index"))
          .distinct()
          .toList();
    }
  }
}
