package io.semblance.cli.bench;

import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import io.semblance.vector.VectorIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The 99th percentile of a threshold search by one thread while nothing else happens, and while
 * another thread inserts new rows at a steady rate. The new rows are deleted after each round, so
 * that all rounds search the same ones.
 */
final class InsertingBench {
  static final int ROWS_PER_SECOND = 5_000;

  private static final String ID_PREFIX = "stream-";
  private static final Duration TIME_MAX = Duration.ofSeconds(15);
  private static final int SEARCHES_MIN = 200;
  private static final long PAUSE_NANOS = 200_000;
  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();
  private static final TimedSearches.Measure MEASURE = TimedSearches.Measure.THRESHOLD;

  private final VectorIndex index;
  private final float[][] queries;
  private final float[][] vectors;
  private final IdentityCheck identity;
  private final Duration time;
  private final List<Double> idleElapsed = new ArrayList<>();
  private final List<Double> idleProcessor = new ArrayList<>();
  private final List<Double> insertingElapsed = new ArrayList<>();
  private final List<Double> insertingProcessor = new ArrayList<>();
  private final List<Double> rates = new ArrayList<>();

  /**
   * @param vectors of the rows that are inserted, in turns
   * @param time for which a round searches at least, idle and inserting
   */
  InsertingBench(
      VectorIndex index,
      float[][] queries,
      float[][] vectors,
      IdentityCheck identity,
      Duration time) {
    this.index = index;
    this.queries = queries;
    this.vectors = vectors;
    this.identity = identity;
    this.time = time;
  }

  /**
   * Percentiles of each round, in milliseconds.
   *
   * @param rowsPerSecond that were in fact inserted
   */
  record Result(
      Spread idleElapsedP99,
      Spread insertingElapsedP99,
      Spread idleProcessorP99,
      Spread insertingProcessorP99,
      Spread rowsPerSecond) {}

  void round(boolean counts) throws InterruptedException {
    search(counts ? idleElapsed : new ArrayList<>(), counts ? idleProcessor : new ArrayList<>());
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong inserted = new AtomicLong();
    long started = System.nanoTime();
    Thread writer =
        Thread.ofPlatform().name("bench-inserts").start(() -> insert(stop, inserted, started));
    try {
      search(
          counts ? insertingElapsed : new ArrayList<>(),
          counts ? insertingProcessor : new ArrayList<>());
    } finally {
      stop.set(true);
      writer.join();
    }
    if (counts) {
      rates.add(inserted.get() * 1e9 / (System.nanoTime() - started));
    }
    for (long i = 0; i < inserted.get(); i++) {
      index.delete(ID_PREFIX + i);
    }
  }

  private void insert(AtomicBoolean stop, AtomicLong inserted, long started) {
    long next = 0;
    while (!stop.get()) {
      long due = (System.nanoTime() - started) * ROWS_PER_SECOND / SECOND_NANOS;
      for (; next < due && !stop.get(); next++) {
        IndexRow row = Insertions.row(ID_PREFIX + next, vectors[(int) (next % vectors.length)]);
        index.put(row);
        inserted.set(next + 1);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void search(List<Double> elapsedP99, List<Double> processorP99) {
    List<Double> elapsed = new ArrayList<>();
    List<Double> processor = new ArrayList<>();
    List<SearchResult> results = new ArrayList<>();
    long begun = System.nanoTime();
    for (int i = 0; goesOn(i, System.nanoTime() - begun); i++) {
      SearchRequest request = MEASURE.request(queries[i % queries.length]);
      long processorBefore = ProcessorTime.ofThread();
      long started = System.nanoTime();
      SearchResult result = index.search(request);
      elapsed.add((System.nanoTime() - started) / 1e6);
      processor.add((ProcessorTime.ofThread() - processorBefore) / 1e6);
      if (i < queries.length) {
        results.add(result);
      }
    }
    elapsedP99.add(Distribution.of(elapsed).p99());
    processorP99.add(Distribution.of(processor).p99());
    for (int i = 0; i < results.size(); i++) {
      SearchResult result = results.get(i);
      List<SearchHit> old =
          result.hits().stream().filter(hit -> !hit.id().startsWith(ID_PREFIX)).toList();
      identity.checkHits("threshold search while inserting", i, old, result.truncated());
    }
  }

  private boolean goesOn(int searches, long nanos) {
    return nanos < time.toNanos() || (searches < SEARCHES_MIN && nanos < TIME_MAX.toNanos());
  }

  Result result() {
    return new Result(
        Spread.of(idleElapsed),
        Spread.of(insertingElapsed),
        Spread.of(idleProcessor),
        Spread.of(insertingProcessor),
        Spread.of(rates));
  }
}
