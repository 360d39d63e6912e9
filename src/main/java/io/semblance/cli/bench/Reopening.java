package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchResult;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens an index's directory and searches at once. In a Java process of its own, since a restarted
 * one has compiled nothing yet.
 */
final class Reopening {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final TimedSearches.Measure MEASURE = TimedSearches.Measure.THRESHOLD;
  private static final Duration PROCESS_LIMIT = Duration.ofMinutes(10);
  private static final int EARLY = 10;

  /**
   * A service knows its model, and warms up, so long before its first shard opens: it starts its
   * engine and joins its consumer group meanwhile, which takes 5 s with a broker beside it.
   */
  private static final Duration HEAD_START = Duration.ofSeconds(4);

  private Reopening() {}

  /**
   * One reopening, in milliseconds by the clock.
   *
   * @param open from a directory to an index that takes searches
   * @param first the first search
   * @param early the median of the first {@value #EARLY}
   * @param steady the median of searches after some seconds of them
   */
  record Times(double open, double first, double early, double steady) {}

  /**
   * A hit as one process tells it the other.
   *
   * @param bits of the score
   */
  record Hit(String id, int bits) {}

  /** The answer to one query. */
  record Answer(List<Hit> hits, boolean truncated) {}

  /** What the process found. */
  record Outcome(Times times, List<Answer> answers) {}

  /**
   * Reopens in a new process if this one runs the packaged application, else in this one.
   *
   * @param queries a file of vectors
   * @param time after which the index is in its steady state
   */
  static Outcome start(Path home, Path directory, Path queries, int dimension, Duration time)
      throws IOException, InterruptedException {
    @Nullable Path jar = OwnJava.jar().orElse(null);
    if (jar == null) {
      return run(directory, queries, dimension, time);
    }
    Path out = directory.resolveSibling("reopened.json");
    Path log = directory.resolveSibling("reopened.log");
    List<String> command = new ArrayList<>(OwnJava.command(home));
    command.addAll(List.of("-jar", jar.toString(), "bench", "reopen", directory.toString()));
    command.addAll(List.of("--queries", queries.toString(), "--out", out.toString()));
    command.addAll(List.of("--dimension", Integer.toString(dimension)));
    command.addAll(List.of("--millis", Long.toString(time.toMillis())));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(PROCESS_LIMIT.toSeconds(), TimeUnit.SECONDS)
          || process.exitValue() != 0) {
        throw new IllegalStateException(
            "the process that reopens the index failed: " + Files.readString(log));
      }
    } finally {
      process.destroyForcibly();
    }
    return MAPPER.readValue(out.toFile(), Outcome.class);
  }

  /** Reopens in this process. */
  static Outcome run(Path directory, Path queryFile, int dimension, Duration time)
      throws IOException, InterruptedException {
    float[][] queries = queries(queryFile, dimension);
    List<Double> millis = new ArrayList<>();
    List<Answer> answers = new ArrayList<>();
    VectorIndex.warmUp(dimension);
    Thread.sleep(HEAD_START);
    long started = System.nanoTime();
    try (VectorIndex index = VectorIndex.openWarm(IndexOptions.ofDimension(dimension), directory)) {
      double open = (System.nanoTime() - started) / 1e6;
      long searching = System.nanoTime();
      for (int i = 0;
          i < 2 * queries.length || System.nanoTime() - searching < time.toNanos();
          i++) {
        long before = System.nanoTime();
        SearchResult result = index.search(MEASURE.request(queries[i % queries.length]));
        millis.add((System.nanoTime() - before) / 1e6);
        if (i < queries.length) {
          answers.add(new Answer(hits(result.hits()), result.truncated()));
        }
      }
      return new Outcome(
          new Times(
              open,
              millis.getFirst(),
              Distribution.median(millis.subList(0, Math.min(EARLY, millis.size()))),
              Distribution.median(millis.subList(millis.size() / 2, millis.size()))),
          answers);
    }
  }

  private static List<Hit> hits(List<SearchHit> hits) {
    return hits.stream()
        .map(hit -> new Hit(hit.id(), Float.floatToRawIntBits(hit.score())))
        .toList();
  }

  private static float[][] queries(Path file, int dimension) throws IOException {
    try (VectorFile vectors = VectorFile.open(file, dimension)) {
      float[][] queries = new float[Math.toIntExact(vectors.count())][dimension];
      for (int i = 0; i < queries.length; i++) {
        vectors.read(i, queries[i]);
      }
      return queries;
    }
  }

  /** Compares the answers of a reopened index. */
  static void check(Outcome outcome, IdentityCheck identity) {
    for (int i = 0; i < outcome.answers().size(); i++) {
      Answer answer = outcome.answers().get(i);
      List<SearchHit> hits =
          answer.hits().stream()
              .map(hit -> new SearchHit(hit.id(), Float.intBitsToFloat(hit.bits()), 0, new byte[0]))
              .toList();
      identity.checkHits("threshold search after reopening", i, hits, answer.truncated());
    }
  }

  static void write(Outcome outcome, Path out) throws IOException {
    MAPPER.writeValue(out.toFile(), outcome);
  }
}
