package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.vector.IndexDirectory;
import io.semblance.vector.IndexStatistics;
import io.semblance.vector.PendingSnapshot;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One set of vectors in one index, measured in turns with FAISS: in each round every measure goes
 * through all engines before the next one begins, since a machine's speed changes while others use
 * it. The first round warms up and does not count.
 */
final class IndexTrial {
  /** Most rows of the index into which insertions are measured. */
  static final int INSERTED_ROWS_MAX = 100_000;

  private static final int STREAMED_VECTORS = 5_000;
  private static final String VECTORS = "vectors.f32";
  private static final String QUERIES = "queries.f32";
  private static final String INDEX = "index";
  private static final String INSERTED = "inserted";

  private final Plan plan;
  private final VectorSource source;
  private final long rowCount;
  private final @Nullable FaissProcess faiss;
  private final Consumer<String> progress;
  private final List<Engine> engines = new ArrayList<>();
  private final Map<Key, List<TimedSearches.Round>> searches = new LinkedHashMap<>();
  private final Map<Engine, List<Double>> insertions = new LinkedHashMap<>();

  /**
   * What all trials of a run have in common.
   *
   * @param home the folder that Semblance lies in
   * @param directory for files of vectors and snapshots
   * @param rounds that count
   * @param queries of a round
   * @param threads each number of threads that is measured
   * @param time for which searches go on at least where their number is not given
   */
  record Plan(
      Path home, Path directory, int rounds, int queries, List<Integer> threads, Duration time) {}

  /** What is measured. */
  enum Engine {
    SEMBLANCE("Semblance"),
    FLAT("IndexFlatIP"),
    PANORAMA("IndexFlatIPPanorama");

    private final String description;

    Engine(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
  }

  private record Key(TimedSearches.Measure measure, int threads, Engine engine) {}

  /**
   * @param rowCount of the index
   * @param faiss to measure as well
   * @param progress is told what is going on
   */
  IndexTrial(
      Plan plan,
      VectorSource source,
      long rowCount,
      @Nullable FaissProcess faiss,
      Consumer<String> progress) {
    this.plan = plan;
    this.source = source;
    this.rowCount = rowCount;
    this.faiss = faiss;
    this.progress = progress;
    engines.add(Engine.SEMBLANCE);
    if (faiss != null) {
      engines.add(Engine.FLAT);
      if (faiss.facts().panorama()) {
        engines.add(Engine.PANORAMA);
      }
    }
  }

  /** Measures everything. */
  IndexReport.Trial run() throws IOException, InterruptedException, ExecutionException {
    int dimension = source.dimension();
    Path vectorFile = plan.directory().resolve(VECTORS);
    Path queryFile = plan.directory().resolve(QUERIES);
    tell("making %d queries and the vectors", plan.queries());
    float[][] queries = new float[plan.queries()][dimension];
    for (int i = 0; i < queries.length; i++) {
      source.query(i, rowCount, queries[i]);
    }
    VectorFile.write(vectorFile, dimension, rowCount, source::row);
    VectorFile.write(
        queryFile,
        dimension,
        queries.length,
        (row, into) -> System.arraycopy(queries[(int) row], 0, into, 0, dimension));
    try (VectorFile rows = VectorFile.open(vectorFile, dimension)) {
      tell("brute force");
      IdentityCheck identity =
          new IdentityCheck(
              CanonicalScan.run(rows, queries, TimedSearches.TOP, TimedSearches.THRESHOLD));
      tell("filling the index");
      Path directory = plan.directory().resolve(INDEX);
      Insertions.Filled filled = Insertions.fill(rows, rowCount, directory);
      try (VectorIndex index = filled.index()) {
        loadFaiss(vectorFile, queryFile, dimension);
        InsertingBench inserting =
            new InsertingBench(index, queries, streamedVectors(), identity, plan.time());
        for (int round = 0; round <= plan.rounds(); round++) {
          tell(round == 0 ? "warming up" : "round %d of %d", round, plan.rounds());
          boolean counts = round > 0;
          searchRound(index, queries, identity, counts);
          insertRound(rows, counts);
          inserting.round(counts);
        }
        double agreement = faissAgreement(identity.expected());
        IndexStatistics statistics = index.statistics();
        IndexReport.Restart restart = restart(index, directory, queryFile, identity);
        return new IndexReport.Trial(
            source.name(),
            rowCount,
            dimension,
            queries.length,
            statistics.kernel(),
            statistics.bytes() / (1 << 20),
            matchesPerQuery(identity.expected()),
            searchReports(),
            insertionReports(),
            filled.rowsPerSecond(),
            inserting.result(),
            restart,
            identity.result(),
            agreement);
      }
    }
  }

  private void searchRound(
      VectorIndex index, float[][] queries, IdentityCheck identity, boolean counts)
      throws IOException, InterruptedException, ExecutionException {
    for (TimedSearches.Measure measure : TimedSearches.Measure.values()) {
      for (int threads : plan.threads()) {
        for (Engine engine : engines) {
          TimedSearches.Round round;
          if (engine == Engine.SEMBLANCE) {
            round = TimedSearches.run(index, measure, queries, threads);
            identity.check(measure, threads, round.results());
          } else {
            round = faissRound(measure, threads, engine);
          }
          if (counts) {
            searches
                .computeIfAbsent(new Key(measure, threads, engine), key -> new ArrayList<>())
                .add(
                    new TimedSearches.Round(
                        round.processorMillis(), round.elapsedMillis(), List.of()));
          }
        }
      }
    }
  }

  private void loadFaiss(Path vectors, Path queries, int dimension) throws IOException {
    if (faiss != null) {
      tell("filling FAISS's indexes");
      faiss.call(
          "load",
          Map.of(
              "vectors",
              vectors.toAbsolutePath().toString(),
              "queries",
              queries.toAbsolutePath().toString(),
              "rows",
              rowCount,
              "dimension",
              dimension));
    }
  }

  private TimedSearches.Round faissRound(TimedSearches.Measure measure, int threads, Engine engine)
      throws IOException {
    JsonNode answer =
        call(
            "measure",
            Map.of(
                "measure",
                measure.name(),
                "engine",
                name(engine),
                "threads",
                threads,
                "top",
                TimedSearches.TOP,
                "threshold",
                TimedSearches.THRESHOLD,
                "batch",
                TimedSearches.BATCH));
    return new TimedSearches.Round(
        answer.path("processorMillis").doubleValue(),
        answer.path("elapsedMillis").doubleValue(),
        List.of());
  }

  private static String name(Engine engine) {
    return engine == Engine.PANORAMA ? "panorama" : "flat";
  }

  private JsonNode call(String command, Map<String, ?> parameters) throws IOException {
    if (faiss == null) {
      throw new IllegalStateException("FAISS is not measured");
    }
    return faiss.call(command, parameters);
  }

  /** Fills a new index with at most {@value #INSERTED_ROWS_MAX} rows. */
  private void insertRound(VectorFile rows, boolean counts)
      throws IOException, InterruptedException {
    long count = Math.min(rowCount, INSERTED_ROWS_MAX);
    for (Engine engine : engines) {
      double rate;
      if (engine == Engine.SEMBLANCE) {
        Path directory = plan.directory().resolve(INSERTED);
        Insertions.Filled filled = Insertions.fill(rows, count, directory);
        filled.index().close();
        IndexDirectory.discard(directory);
        rate = filled.rowsPerSecond();
      } else {
        rate =
            call("insert", Map.of("engine", name(engine), "rows", count))
                .path("rowsPerSecond")
                .doubleValue();
      }
      if (counts) {
        insertions.computeIfAbsent(engine, key -> new ArrayList<>()).add(rate);
      }
    }
  }

  /** Rows that are not in the index yet, as far as the source has any. */
  private float[][] streamedVectors() {
    float[][] vectors = new float[STREAMED_VECTORS][source.dimension()];
    for (int i = 0; i < vectors.length; i++) {
      source.row((rowCount + i) % source.rowsMax(), vectors[i]);
    }
    return vectors;
  }

  /** Writes a snapshot, closes the index and opens it again. */
  private IndexReport.Restart restart(
      VectorIndex index, Path directory, Path queryFile, IdentityCheck identity)
      throws IOException, InterruptedException {
    tell("writing a snapshot");
    long started = System.nanoTime();
    long bytes;
    try (PendingSnapshot pending = index.prepareSnapshot(Map.of())) {
      bytes = pending.write();
    }
    double writeMillis = (System.nanoTime() - started) / 1e6;
    index.close();
    List<Reopening.Times> times = new ArrayList<>();
    for (int round = 1; round <= plan.rounds(); round++) {
      tell("reopening, round %d of %d", round, plan.rounds());
      Reopening.Outcome outcome =
          Reopening.start(plan.home(), directory, queryFile, source.dimension(), plan.time());
      times.add(outcome.times());
      Reopening.check(outcome, identity);
    }
    IndexDirectory.discard(directory);
    return new IndexReport.Restart(
        OwnJava.jar().isPresent(),
        bytes / (1 << 20),
        writeMillis,
        Spread.of(times.stream().map(Reopening.Times::open).toList()),
        Spread.of(times.stream().map(Reopening.Times::first).toList()),
        Spread.of(times.stream().map(Reopening.Times::early).toList()),
        Spread.of(times.stream().map(Reopening.Times::steady).toList()));
  }

  /**
   * Returns which share of the rows that either FAISS or brute force found both found, of all
   * queries; less than 1 by rows whose score is next to the threshold or to the tenth, since FAISS
   * sums in another order.
   */
  private double faissAgreement(List<CanonicalScan.Answer> expected) throws IOException {
    if (faiss == null) {
      return 0;
    }
    Agreement sum = new Agreement(0, 0);
    for (Engine engine : engines.subList(1, engines.size())) {
      JsonNode answers =
          call(
              "answers",
              Map.of(
                  "engine", name(engine),
                  "top", TimedSearches.TOP,
                  "threshold", TimedSearches.THRESHOLD));
      for (int i = 0; i < expected.size(); i++) {
        Agreement agreement =
            Agreement.of(expected.get(i).top(), answers.path("top").path(i))
                .plus(Agreement.of(expected.get(i).matches(), answers.path("matches").path(i)));
        sum = sum.plus(agreement);
      }
    }
    return sum.share();
  }

  /** How many rows two answers have in common, and how many at least one of them has. */
  private record Agreement(long both, long either) {
    static Agreement of(List<CanonicalScan.Match> expected, JsonNode found) {
      Set<Long> rows = new HashSet<>();
      found.forEach(row -> rows.add(row.longValue()));
      long both = expected.stream().filter(match -> rows.contains(match.row())).count();
      return new Agreement(both, expected.size() + rows.size() - both);
    }

    Agreement plus(Agreement other) {
      return new Agreement(both + other.both, either + other.either);
    }

    double share() {
      return either == 0 ? 1 : (double) both / either;
    }
  }

  private static double matchesPerQuery(List<CanonicalScan.Answer> expected) {
    return expected.stream().mapToInt(answer -> answer.matches().size()).average().orElse(0);
  }

  private List<IndexReport.Search> searchReports() {
    List<IndexReport.Search> reports = new ArrayList<>();
    searches.forEach((key, rounds) ->
        reports.add(
            new IndexReport.Search(
                key.measure(),
                key.measure().queriesAtOnce(),
                key.threads(),
                key.engine(),
                Spread.of(rounds.stream().map(TimedSearches.Round::processorMillis).toList()),
                Spread.of(rounds.stream().map(TimedSearches.Round::elapsedMillis).toList()))));
    return reports;
  }

  private Map<Engine, Spread> insertionReports() {
    Map<Engine, Spread> reports = new LinkedHashMap<>();
    insertions.forEach((engine, rates) -> reports.put(engine, Spread.of(rates)));
    return reports;
  }

  private void tell(String format, Object... values) {
    progress.accept(
        "%s %,d × %d: ".formatted(source.name(), rowCount, source.dimension())
            + format.formatted(values));
  }
}
