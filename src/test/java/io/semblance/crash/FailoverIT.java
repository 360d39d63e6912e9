package io.semblance.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.event.Topics;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Two instances, one of which is killed while the other is searched: answers go on, say so when
 * they are partial, and are whole again after the session timeout.
 */
class FailoverIT {
  private static final int IMAGES = 60;
  private static final long SEED = Long.getLong("semblance.seed", 20260207);
  private static final int SHARDS = 4;

  /** {@code session.timeout.ms} of the service. */
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

  /** For the rebalance and for restoring the shards, on a busy machine. */
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private static final Duration WATCHED = SESSION_TIMEOUT.plus(MARGIN).plusSeconds(4);
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Of a search by vector against the stored one: float32 dot product. */
  private static final double ROUNDING = 1e-4;

  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, float[]> vectors = new TreeMap<>();
  private final List<Answer> answers = new ArrayList<>();
  private final List<String> wrongAnswers = new ArrayList<>();

  /**
   * One search.
   *
   * @param millis when it was asked, after the kill
   * @param answered shards; 0 where it was refused
   * @param copies shards answered by a copy, which may lag a little
   * @param problem why it was refused
   */
  private record Answer(
      long millis,
      long tookMillis,
      int status,
      boolean partial,
      int answered,
      int copies,
      String problem) {
    boolean isWhole() {
      return status == 200 && !partial && copies == 0;
    }
  }

  @Test
  void shouldGoOnAnsweringAndSayWhatIsMissingWhileAnInstanceIsKilled() throws Exception {
    assumeTrue(Cluster.isPackaged(), "the service is not packaged: run ./mvnw package first");
    System.out.printf("failover test: -Dsemblance.seed=%d%n", SEED);
    Path directory = Files.createTempDirectory("semblance-failover");
    try (Cluster cluster = new Cluster(directory)) {
      cluster.start("a");
      cluster.start("b");
      cluster.awaitReady("a");
      cluster.awaitReady("b");
      upload(cluster);
      awaitSharedShards(cluster);
      search(cluster, System.nanoTime(), Duration.ofSeconds(2));
      assertThat(answers).as("before the kill").isNotEmpty().allMatch(Answer::isWhole);
      answers.clear();
      Thread killer =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                pause(Duration.ofSeconds(1)); // searches run by then
                cluster.kill("b");
              });
      long killed = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      search(cluster, killed, WATCHED);
      killer.join();
    }
    check();
    Cluster.delete(directory);
  }

  private void upload(Cluster cluster) {
    SyntheticPictures pictures = new SyntheticPictures(SEED);
    List<UploadPlan.Step> steps = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      int number = i;
      steps.add(new UploadPlan.Step("picture-" + number, () -> pictures.original(number)));
    }
    Uploader.upload(cluster.bootstrapServers(), steps, new AtomicLong(Long.MAX_VALUE));
    CommittedRecords records = new CommittedRecords(cluster.bootstrapServers());
    await()
        .atMost(Cluster.READY_TIME_LIMIT)
        .until(() -> {
          cluster.requireAlive();
          return records.all(Topics.IMAGE_EMBEDDINGS).size() == IMAGES
              && records.unprocessed(cluster) == 0;
        });
    vectors.putAll(Outcome.read(records).vectors());
    assertThat(vectors).hasSize(IMAGES);
  }

  /** Until each instance holds two shards, and every row is in one. */
  private void awaitSharedShards(Cluster cluster) {
    await()
        .atMost(Cluster.READY_TIME_LIMIT)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          cluster.requireAlive();
          JsonNode status = json.readTree(cluster.get("a", "/v1/status").body());
          assertThat(status.at("/shards/answered").asInt()).as("%s", status).isEqualTo(SHARDS);
          assertThat(status.at("/vectors").asInt()).as("%s", status).isEqualTo(IMAGES);
          assertThat(status.at("/instances").size()).as("%s", status).isEqualTo(2);
          for (JsonNode instance : status.at("/instances")) {
            assertThat(instance.at("/shards").size()).as("%s", status).isEqualTo(2);
          }
        });
  }

  /** Searches by vector and by id in turn, for a while after {@code origin}. */
  private void search(Cluster cluster, long origin, Duration duration) throws Exception {
    List<String> ids = List.copyOf(vectors.keySet());
    for (int i = 0; System.nanoTime() - origin < duration.toNanos(); i++) {
      String id = ids.get(i / 2 % ids.size());
      boolean byVector = i % 2 == 0;
      Map<String, Object> query =
          byVector
              ? Map.of("vector", vectors.get(id), "k", 1)
              : Map.of("id", id, "k", 1, "threshold", -1);
      long asked = System.nanoTime();
      HttpResponse<String> response =
          cluster.postJson("a", "/v1/search", json.writeValueAsString(query));
      long took = System.nanoTime() - asked;
      answers.add(answer((asked - origin) / 1_000_000, took / 1_000_000, response));
      if (answers.getLast().isWhole()) {
        String wrong = wrong(json.readTree(response.body()), id, byVector);
        if (!wrong.isEmpty()) {
          wrongAnswers.add(answers.getLast().millis() + " ms: " + wrong);
        }
      }
      pause(PAUSE);
    }
  }

  /**
   * What is wrong with a whole answer, or nothing: by vector it must name the image itself, by id
   * another one.
   */
  private static String wrong(JsonNode answer, String id, boolean byVector) {
    JsonNode best = answer.at("/matches/0");
    boolean right =
        byVector
            ? best.path("imageId").asText().equals(id)
                && Math.abs(best.path("similarity").asDouble() - 1) <= ROUNDING
            : best.path("imageId").asText().startsWith("picture-")
                && !best.path("imageId").asText().equals(id);
    return right ? "" : "search for %s: %s".formatted(id, answer);
  }

  private Answer answer(long millis, long tookMillis, HttpResponse<String> response)
      throws IOException {
    JsonNode body = json.readTree(response.body());
    if (response.statusCode() != 200) {
      return new Answer(
          millis, tookMillis, response.statusCode(), false, 0, 0, body.path("code").asText());
    }
    Answer answer =
        new Answer(
            millis,
            tookMillis,
            200,
            body.required("partial").asBoolean(),
            body.at("/shards/answered").asInt(),
            body.at("/shards/standby").size(),
            "");
    assertThat(body.at("/shards/total").asInt()).isEqualTo(SHARDS);
    assertThat(answer.partial()).as("%s", body).isEqualTo(answer.answered() < SHARDS);
    return answer;
  }

  private void check() {
    List<Answer> broken = answers.stream().filter(answer -> !answer.isWhole()).toList();
    long partial = broken.stream().filter(Answer::partial).count();
    Map<String, Integer> refused = new TreeMap<>();
    broken.stream()
        .filter(answer -> answer.status() != 200)
        .forEach(
            answer -> refused.merge(answer.status() + " " + answer.problem(), 1, Integer::sum));
    long firstBroken = broken.isEmpty() ? 0 : broken.getFirst().millis();
    long wholeAgain =
        broken.isEmpty() ? 0 : broken.getLast().millis() + broken.getLast().tookMillis();
    System.out.printf(
        Locale.ROOT,
        "failover test: %d answers, %d whole, %d partial, %d with copies, refused %s; not whole from %d ms to %d ms"
            + " after the kill; slowest answer %d ms%n",
        answers.size(),
        answers.size() - broken.size(),
        partial,
        broken.stream().filter(answer -> !answer.partial() && answer.copies() > 0).count(),
        refused,
        firstBroken,
        wholeAgain,
        answers.stream().mapToLong(Answer::tookMillis).max().orElse(0));
    assertThat(wrongAnswers).as("whole answers that miss what is indexed").isEmpty();
    assertThat(partial).as("partial answers").isPositive();
    assertThat(answers).allMatch(answer -> answer.status() == 200 || answer.status() == 503);
    assertThat(answers).allMatch(answer -> answer.status() != 200 || answer.answered() > 0);
    assertThat(wholeAgain).isLessThan(SESSION_TIMEOUT.plus(MARGIN).toMillis());
  }

  private static void pause(Duration duration) {
    try {
      TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
