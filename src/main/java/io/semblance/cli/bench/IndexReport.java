package io.semblance.cli.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code semblance bench index} measured. Times are in milliseconds, sizes in MiB.
 *
 * @param loadAfter runnable threads over the last minute, others' included, after the bench
 * @param faiss what was measured against, if anything
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record IndexReport(
    Machine machine,
    double loadAfter,
    long seed,
    int rounds,
    FaissProcess.@Nullable Facts faiss,
    List<Trial> trials) {

  /**
   * One set of vectors.
   *
   * @param indexMebibytes off the heap
   * @param matchesPerQuery rows that reach the threshold, on average
   * @param insertions rows/s and core into a new, small index
   * @param fillRowsPerSecond rows/s and core into the whole index, once
   * @param faissAgreement share of the rows found by FAISS or brute force that both found
   */
  record Trial(
      String set,
      long rows,
      int dimension,
      int queries,
      String kernel,
      long indexMebibytes,
      double matchesPerQuery,
      List<Search> searches,
      Map<IndexTrial.Engine, Spread> insertions,
      double fillRowsPerSecond,
      InsertingBench.Result inserting,
      Restart restart,
      IdentityCheck.Result identity,
      double faissAgreement) {

    /** Returns one engine's figures. */
    Optional<Search> search(TimedSearches.Measure measure, int threads, IndexTrial.Engine engine) {
      return searches.stream()
          .filter(search ->
              search.measure() == measure
                  && search.threads() == threads
                  && search.engine() == engine)
          .findFirst();
    }
  }

  /**
   * One measure of one engine.
   *
   * @param queriesAtOnce of one search
   * @param processorMillis of one search, with all its queries
   * @param elapsedMillis for one search, with all its queries, of all that the threads did together
   */
  record Search(
      TimedSearches.Measure measure,
      int queriesAtOnce,
      int threads,
      IndexTrial.Engine engine,
      Spread processorMillis,
      Spread elapsedMillis) {

    /** By the processor for one thread, by the clock where threads share the work. */
    Spread millis() {
      return threads == 1 ? processorMillis : elapsedMillis;
    }

    /** Returns {@link #millis} for each query. */
    Spread millisPerQuery() {
      return new Spread(
          millis().min() / queriesAtOnce,
          millis().median() / queriesAtOnce,
          millis().max() / queriesAtOnce);
    }
  }

  /**
   * Reopening.
   *
   * @param newProcess whether in a new Java process, which has compiled nothing yet
   * @param early median of the first ten searches
   */
  record Restart(
      boolean newProcess,
      long snapshotMebibytes,
      double writeMillis,
      Spread open,
      Spread first,
      Spread early,
      Spread steady) {}

  /** Whether every answer was brute force's. */
  boolean isExact() {
    return trials.stream().allMatch(trial -> trial.identity().different() == 0);
  }

  String json() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write JSON", e);
    }
  }

  String text() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "machine",
        "%s, %s, %d cores, %d MiB; load %.1f before, %.1f after",
        machine.processor(),
        machine.vectors(),
        machine.cores(),
        machine.memoryMebibytes(),
        machine.loadAverage(),
        loadAfter);
    line(text, "", "%s; %s", machine.java(), machine.system());
    if (faiss != null) {
      line(text, "FAISS", "%s (%s), %s", faiss.version(), faiss.options(), faiss.blas());
    }
    line(
        text,
        "figures",
        "minimum / median of %d rounds, seed %d; one thread in processor time, more by the clock",
        rounds,
        seed);
    line(text, "", "insert: rows for each second of processor time, into a new index of");
    line(
        text,
        "",
        "at most %,d rows; then into the whole one, which is",
        IndexTrial.INSERTED_ROWS_MAX);
    line(text, "", "filled once");
    line(text, "", "reopen: until searches are taken; then the first search, the median of");
    line(text, "", "the first ten, and the median after some seconds");
    trials.forEach(trial -> append(text, trial));
    return text.toString();
  }

  private static void append(StringBuilder text, Trial trial) {
    text.append(System.lineSeparator());
    line(
        text,
        trial.set(),
        "%,d rows × %d, kernel %s, %d MiB, %d queries with %.1f matches on average",
        trial.rows(),
        trial.dimension(),
        trial.kernel(),
        trial.indexMebibytes(),
        trial.queries(),
        trial.matchesPerQuery());
    line(text, "ms of one query", "%s", header(trial));
    for (Search search : trial.searches()) {
      if (search.engine() == IndexTrial.Engine.SEMBLANCE) {
        append(text, trial, search);
      }
    }
    appendInsertions(text, trial);
    line(
        text,
        "    of the whole index, filled once",
        "%s",
        cell("%,.0f", trial.fillRowsPerSecond()));
    append(text, trial.inserting());
    append(text, trial.restart());
    IdentityCheck.Result identity = trial.identity();
    line(
        text,
        "identity with brute force",
        "%,d answers compared, %,d different%s",
        identity.compared(),
        identity.different(),
        identity.different() == 0 ? "" : ": first " + identity.firstDifference());
    if (trial.insertions().size() > 1) {
      line(
          text,
          "FAISS finds the same rows",
          "%.4f %% of those that either found",
          100 * trial.faissAgreement());
    }
  }

  /** A row of the table: every engine's milliseconds, and how many times Semblance is faster. */
  private static void append(StringBuilder text, Trial trial, Search own) {
    String threads = own.threads() == 1 ? "" : ", %d threads".formatted(own.threads());
    appendTimes(text, trial, own, own.measure().description() + threads, Search::millisPerQuery);
    if (own.queriesAtOnce() > 1) {
      String batch = "    the whole batch of %d".formatted(own.queriesAtOnce());
      appendTimes(text, trial, own, batch, Search::millis);
    }
  }

  private static void appendTimes(
      StringBuilder text, Trial trial, Search own, String name, Function<Search, Spread> times) {
    StringBuilder figures = new StringBuilder();
    for (IndexTrial.Engine engine : trial.insertions().keySet()) {
      Spread millis = trial.search(own.measure(), own.threads(), engine).map(times).orElseThrow();
      figures.append(cell("%.2f / %.2f", millis.min(), millis.median()));
      if (engine != own.engine()) {
        figures.append(
            ratio(
                millis.min() / times.apply(own).min(),
                millis.median() / times.apply(own).median()));
      }
    }
    line(text, name, "%s", figures);
  }

  /**
   * The row of insertions: rows/s, the greatest first, and how many times as many Semblance has.
   */
  private static void appendInsertions(StringBuilder text, Trial trial) {
    Spread own = Objects.requireNonNull(trial.insertions().get(IndexTrial.Engine.SEMBLANCE));
    StringBuilder figures = new StringBuilder();
    trial
        .insertions()
        .forEach((engine, rate) -> {
          figures.append(cell("%,.0f / %,.0f", rate.max(), rate.median()));
          if (engine != IndexTrial.Engine.SEMBLANCE) {
            figures.append(ratio(own.max() / rate.max(), own.median() / rate.median()));
          }
        });
    line(text, "insert, rows/s of one core", "%s", figures);
  }

  private static String header(Trial trial) {
    StringBuilder header = new StringBuilder();
    for (IndexTrial.Engine engine : trial.insertions().keySet()) {
      header.append(cell("%s", engine.description()));
      if (engine != IndexTrial.Engine.SEMBLANCE) {
        header.append("%18s".formatted("faster by"));
      }
    }
    return header.toString();
  }

  private static String cell(String format, Object... values) {
    return "%24s".formatted(String.format(Locale.ROOT, format, values));
  }

  private static String ratio(double ofMinima, double ofMedians) {
    return "%18s".formatted(String.format(Locale.ROOT, "%.2f× / %.2f×", ofMinima, ofMedians));
  }

  private static void append(StringBuilder text, InsertingBench.Result inserting) {
    line(
        text,
        "p99 while inserting %,.0f rows/s".formatted(inserting.rowsPerSecond().median()),
        "%s by the clock, idle %s = %.2f× / %.2f×",
        millis(inserting.insertingElapsedP99()),
        millis(inserting.idleElapsedP99()),
        inserting.insertingElapsedP99().min() / inserting.idleElapsedP99().min(),
        inserting.insertingElapsedP99().median() / inserting.idleElapsedP99().median());
    line(
        text,
        "",
        "%s of processor time, idle %s = %.2f× / %.2f×",
        millis(inserting.insertingProcessorP99()),
        millis(inserting.idleProcessorP99()),
        inserting.insertingProcessorP99().min() / inserting.idleProcessorP99().min(),
        inserting.insertingProcessorP99().median() / inserting.idleProcessorP99().median());
  }

  private static void append(StringBuilder text, Restart restart) {
    line(
        text,
        restart.newProcess() ? "reopen in a new process" : "reopen in this process",
        "%s (%d MiB, written in %.0f ms)",
        millis(restart.open()),
        restart.snapshotMebibytes(),
        restart.writeMillis());
    line(
        text,
        "first answer",
        "%s, median of the first ten %s, steady %s: %.2f× and %.2f× of it",
        millis(restart.first()),
        millis(restart.early()),
        millis(restart.steady()),
        restart.first().median() / restart.steady().median(),
        restart.early().median() / restart.steady().median());
  }

  private static String millis(Spread spread) {
    return String.format(Locale.ROOT, "%.2f / %.2f ms", spread.min(), spread.median());
  }

  private static void line(StringBuilder text, String name, String format, Object... values) {
    text.append("%-46s".formatted(name))
        .append(String.format(Locale.ROOT, format, values))
        .append(System.lineSeparator());
  }
}
