package io.semblance.cli.bench;

import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import io.semblance.vector.VectorIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Searches of an index on one or several threads, timed. */
final class TimedSearches {
  /** Best rows that a top-k search asks for. */
  static final int TOP = 10;

  /** Least score of a threshold search. */
  static final float THRESHOLD = 0.9f;

  /** Most rows of a threshold search. */
  static final int THRESHOLD_LIMIT = VectorIndex.LIMIT_MAX;

  /** Queries answered at once. */
  static final int BATCH = 64;

  private static final SearchFilter NO_FILTER = new SearchFilter("", Set.of(), Set.of());

  private TimedSearches() {}

  /** What is measured. */
  enum Measure {
    TOP("top-%d, one query".formatted(TimedSearches.TOP)),
    THRESHOLD("threshold %.2f, one query".formatted(TimedSearches.THRESHOLD)),
    BATCH(
        "threshold %.2f, %d queries at once"
            .formatted(TimedSearches.THRESHOLD, TimedSearches.BATCH));

    private final String description;

    Measure(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }

    /** Returns how many queries one search has. */
    int queriesAtOnce() {
      return this == BATCH ? TimedSearches.BATCH : 1;
    }

    /** Returns most rows of one answer. */
    int limit() {
      return this == TOP ? TimedSearches.TOP : THRESHOLD_LIMIT;
    }

    /** Returns the searches of one round: those of one element are answered in one pass. */
    List<List<Integer>> searches(int queries, int threads) {
      List<List<Integer>> searches = new ArrayList<>();
      if (this == BATCH) {
        List<Integer> batch = new ArrayList<>();
        for (int i = 0; i < TimedSearches.BATCH; i++) {
          batch.add(i % queries);
        }
        for (int i = 0; i < threads; i++) {
          searches.add(batch);
        }
      } else {
        for (int i = 0; i < queries; i++) {
          searches.add(List.of(i));
        }
      }
      return searches;
    }

    SearchRequest request(float[] query) {
      return this == TOP
          ? new SearchRequest(query, limit(), Float.NEGATIVE_INFINITY, NO_FILTER, 0)
          : new SearchRequest(query, limit(), TimedSearches.THRESHOLD, NO_FILTER, 0);
    }
  }

  /**
   * One round.
   *
   * @param processorMillis processor time of one search, of all threads
   * @param elapsedMillis by the clock, divided by the number of searches: with two threads at best
   *     half of what one search took
   * @param results of each search
   */
  record Round(double processorMillis, double elapsedMillis, List<List<SearchResult>> results) {}

  /** Carries out one round, search i on thread i modulo {@code threads}. */
  static Round run(VectorIndex index, Measure measure, float[][] queries, int threads)
      throws InterruptedException, ExecutionException {
    List<List<SearchRequest>> searches = new ArrayList<>();
    for (List<Integer> numbers : measure.searches(queries.length, threads)) {
      searches.add(numbers.stream().map(number -> measure.request(queries[number])).toList());
    }
    CyclicBarrier start = new CyclicBarrier(threads);
    List<Callable<Share>> shares = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int thread = i;
      shares.add(() -> {
        start.await();
        return share(index, searches, thread, threads);
      });
    }
    List<Share> done = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (Future<Share> share : executor.invokeAll(shares)) {
        done.add(share.get());
      }
    }
    List<List<SearchResult>> results = new ArrayList<>();
    for (int i = 0; i < searches.size(); i++) {
      results.add(done.get(i % threads).results().get(i / threads));
    }
    long started = done.stream().mapToLong(Share::started).min().orElseThrow();
    long ended = done.stream().mapToLong(Share::ended).max().orElseThrow();
    long processor = done.stream().mapToLong(Share::processor).sum();
    return new Round(
        processor / 1e6 / searches.size(), (ended - started) / 1e6 / searches.size(), results);
  }

  /** What one thread did; times in nanoseconds. */
  private record Share(
      long started, long ended, long processor, List<List<SearchResult>> results) {}

  private static Share share(
      VectorIndex index, List<List<SearchRequest>> searches, int thread, int threads) {
    List<List<SearchResult>> results = new ArrayList<>();
    long started = System.nanoTime();
    long processor = ProcessorTime.ofThread();
    for (int i = thread; i < searches.size(); i += threads) {
      results.add(index.search(searches.get(i)));
    }
    return new Share(started, System.nanoTime(), ProcessorTime.ofThread() - processor, results);
  }
}
