package io.semblance.cli.bench;

import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.VectorIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The index by itself: insertions by one thread, searches by one thread, random unit vectors; in
 * processor time.
 */
final class IndexBench {
  private static final int TOP = 10;
  private static final int THRESHOLD_LIMIT = 100;
  private static final int QUERIES = 15;
  private static final double MILLION = 1e6;

  /** A scan of several probes at once, as {@code match.probes-per-scan-max} allows. */
  private static final int BATCH = 16;

  private static final Duration CODES_TIME_LIMIT = Duration.ofMinutes(5);

  private IndexBench() {}

  /**
   * What was measured.
   *
   * @param rows vectors in the index
   * @param insertsPerSecond by one thread
   * @param topMillisPerMillion median for the ten best of one query, scaled to a million vectors
   * @param thresholdMillisPerMillion the same for all above the threshold
   * @param batchedMillisPerMillion the same for one query of {@value #BATCH} in one pass
   * @param kernel which inner product was used
   */
  record Result(
      int dimension,
      int rows,
      double insertsPerSecond,
      double topMillisPerMillion,
      double thresholdMillisPerMillion,
      double batchedMillisPerMillion,
      String kernel) {}

  static Result run(int dimension, int rows, float threshold, long seed)
      throws InterruptedException {
    Random random = new Random(seed);

    float[][] vectors = new float[Math.min(rows, 10_000)][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = SyntheticVectors.isotropic(dimension, random);
    }
    try (VectorIndex index = new VectorIndex(IndexOptions.ofDimension(dimension))) {
      byte[] payload = new byte[200]; // about what the store keeps of an embedding's headers
      long started = ProcessorTime.ofThread();
      for (int i = 0; i < rows; i++) {
        index.put(new IndexRow("image-" + i, vectors[i % vectors.length], "", "", payload, true));
      }
      double insertsPerSecond = rows * 1e9 / (ProcessorTime.ofThread() - started);
      index.awaitCodes(CODES_TIME_LIMIT);
      double perMillion = MILLION / rows;
      return new Result(
          dimension,
          rows,
          insertsPerSecond,
          perMillion * millis(index, 1, TOP, Float.NEGATIVE_INFINITY, random),
          perMillion * millis(index, 1, THRESHOLD_LIMIT, threshold, random),
          perMillion * millis(index, BATCH, THRESHOLD_LIMIT, threshold, random) / BATCH,
          index.statistics().kernel());
    }
  }

  /** Returns the median of a search with {@code batch} queries, the first third left out. */
  private static double millis(
      VectorIndex index, int batch, int limit, float threshold, Random random) {
    List<Double> measured = new ArrayList<>();
    for (int i = 0; i < QUERIES; i++) {
      List<SearchRequest> requests = new ArrayList<>();
      for (int j = 0; j < batch; j++) {
        requests.add(
            new SearchRequest(
                SyntheticVectors.isotropic(index.options().dimension(), random),
                limit,
                threshold,
                new SearchFilter("", Set.of(), Set.of()),
                0));
      }
      long started = ProcessorTime.ofThread();
      index.search(requests);
      if (i >= QUERIES / 3) {
        measured.add((ProcessorTime.ofThread() - started) / 1e6);
      }
    }
    return Distribution.median(measured);
  }
}
