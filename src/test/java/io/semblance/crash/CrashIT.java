package io.semblance.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The packaged service with two models on a real broker, both killed again and again while they
 * work: every upload ends as exactly one embedding of each model or one dead letter, every deletion
 * as one tombstone of each, and every pair of copies is alerted exactly once.
 *
 * <p>A longer run: {@code -Dit.test=CrashIT -Dsemblance.crash.uploads=10000
 * -Dsemblance.crash.kills=8}; {@code -Dsemblance.seed} repeats a run's plan.
 */
class CrashIT {
  private static final int UPLOADS = Integer.getInteger("semblance.crash.uploads", 400);
  private static final int KILLS = Integer.getInteger("semblance.crash.kills", 3);
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());

  private static final Duration DRAIN_TIME_LIMIT = Duration.ofMinutes(15);

  /** The service sums in another order than this test: that near the threshold, both are right. */
  private static final float TOLERANCE = 1e-5f;

  @Test
  void shouldLoseNothingAndDoubleNothingWhileProcessesAreKilled() throws Exception {
    assumeTrue(Cluster.isPackaged(), "the service is not packaged: run ./mvnw package first");
    System.out.printf("crash test: -Dsemblance.seed=%d%n", SEED);
    UploadPlan plan = new UploadPlan(UPLOADS, SEED);
    Path directory = Files.createTempDirectory("semblance-crash");
    long started = System.nanoTime();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Outcome outcome;
    Chaos chaos;
    try (Cluster cluster = Cluster.withClip(directory)) {
      chaos = new Chaos(cluster, KILLS, plan.steps().size(), SEED);
      Future<?> uploading =
          thread.submit(
              () -> Uploader.upload(cluster.bootstrapServers(), plan.steps(), chaos.allowance()));
      chaos.run();
      uploading.get(DRAIN_TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
      CommittedRecords records =
          new CommittedRecords(cluster.bootstrapServers(), Cluster.CLIP_EMBEDDINGS);
      awaitAllProcessed(cluster, records);
      outcome = Outcome.read(records, Cluster.CLIP_EMBEDDINGS);
    } finally {
      thread.shutdownNow();
    }
    long seconds = Duration.ofNanos(System.nanoTime() - started).toSeconds();
    report(plan, outcome, chaos, seconds);
    check(plan, outcome);
    assertThat(chaos.kills()).isEqualTo(KILLS);
    assertThat(chaos.brokerKills()).isEqualTo(1);
    Cluster.delete(directory); // kept with its logs where anything failed
  }

  /** Waits until no committed record of any input is unprocessed, and stays so. */
  private static void awaitAllProcessed(Cluster cluster, CommittedRecords records) {
    await()
        .atMost(DRAIN_TIME_LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .during(Duration.ofSeconds(4))
        .until(() -> {
          cluster.requireAlive();
          return records.unprocessed(cluster) == 0;
        });
  }

  private static void check(UploadPlan plan, Outcome outcome) throws IOException {
    assertThat(outcome.deadLetters())
        .as("dead letters %s", outcome.reasons())
        .isEqualTo(onceEach(plan.undecodable()));
    assertThat(outcome.embeddings()).isEqualTo(onceEach(plan.decodable()));
    assertThat(outcome.tombstones()).isEqualTo(onceEach(plan.deleted()));
    assertThat(outcome.embeddingsForSearch())
        .as("embeddings of the model for searches")
        .isEqualTo(onceEach(plan.decodable()));
    assertThat(outcome.tombstonesForSearch())
        .as("tombstones of the model for searches")
        .isEqualTo(onceEach(plan.deleted()));

    assertThat(outcome.pairIds().values()).as("alerts of each pair id").containsOnly(1);
    assertThat(outcome.pairs().values()).as("alerts of each pair").containsOnly(1);
    assertThat(outcome.pairs().keySet()).as("pairs of copies").containsAll(planted(plan));
    float threshold = threshold();
    Set<Outcome.Pair> certain = outcome.similar(threshold + TOLERANCE);
    certain.removeIf(pair -> touches(plan.deleted(), pair));
    assertThat(outcome.pairs().keySet()).as("similar pairs").containsAll(certain);
    assertThat(outcome.similar(threshold - TOLERANCE))
        .as("alerted pairs are similar")
        .containsAll(outcome.pairs().keySet());
  }

  private static boolean touches(Set<String> ids, Outcome.Pair pair) {
    return ids.contains(pair.first()) || ids.contains(pair.second());
  }

  private static Set<Outcome.Pair> planted(UploadPlan plan) {
    Set<Outcome.Pair> pairs = new HashSet<>();
    plan.originalOfCopy().forEach((copy, original) -> pairs.add(Outcome.Pair.of(copy, original)));
    return pairs;
  }

  private static Map<String, Integer> onceEach(Set<String> ids) {
    Map<String, Integer> counts = new HashMap<>();
    ids.forEach(id -> counts.put(id, 1));
    return counts;
  }

  /** The default model's own. */
  private static float threshold() throws IOException {
    Path model = Path.of("src", "main", "models", "semblance-copy-160", "model.json");
    return (float)
        new ObjectMapper().readTree(model.toFile()).required("matchThreshold").asDouble();
  }

  private static void report(UploadPlan plan, Outcome outcome, Chaos chaos, long seconds) {
    Set<Outcome.Pair> planted = planted(plan);
    long once = planted.stream().filter(pair -> outcome.pairs().getOrDefault(pair, 0) == 1).count();
    Set<String> seen = new HashSet<>(outcome.embeddings().keySet());
    seen.addAll(outcome.deadLetters().keySet());
    Set<String> lost = new HashSet<>(plan.decodable());
    lost.addAll(plan.undecodable());
    int uploads = lost.size();
    lost.removeAll(seen);
    int outcomes = sum(outcome.embeddings()) + sum(outcome.deadLetters());
    System.out.printf(
        Locale.ROOT,
        "crash test: seed %d: %d uploads: %d embeddings, %d dead letters (%d planned), %d lost, %d"
            + " doubled; %d of %d deletions; %d of %d planted pairs alerted once, %d pairs in all,"
            + " %d of them twice; %d SIGKILLs of instances, %d of the broker, %d slow stops; %d s%n",
        SEED,
        uploads,
        sum(outcome.embeddings()),
        sum(outcome.deadLetters()),
        plan.undecodable().size(),
        lost.size(),
        outcomes - seen.size(),
        sum(outcome.tombstones()),
        plan.deleted().size(),
        once,
        planted.size(),
        outcome.pairs().size(),
        outcome.pairs().values().stream().filter(count -> count > 1).count(),
        chaos.kills(),
        chaos.brokerKills(),
        chaos.slowStops(),
        seconds);
  }

  private static int sum(Map<?, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
