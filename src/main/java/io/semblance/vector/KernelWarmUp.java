package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has the compiler compile what searches and insertions spend their time in, on a small index of
 * its own: interpreted, a kernel of the Vector API takes a thousand times as long, and the first
 * questions to an index would wait for that.
 */
final class KernelWarmUp {
  /** Blocks of the index: as few as exercise every stage. */
  private static final int BLOCKS = 4;

  /** Calls of each kernel after which C2 has long begun to compile it. */
  private static final int CALLS = 6_000;

  /** When to give up although not all is compiled, as on a busy machine. */
  private static final Duration TIME_MAX = Duration.ofSeconds(20);

  /** How long an index takes at most to go live for it; the rest is compiled beside searches. */
  private static final Duration WAIT_MAX = Duration.ofMillis(1_500);

  private static final long SEED = 1;

  /** The variance of dimension i is as i to the power of this, negated. */
  private static final double DECAY = 1.5;

  /** Which few rows, some and most reach. */
  private static final float[] THRESHOLDS = {0.6f, 0.3f, 0.45f, 0, 0.15f};

  private static final SearchFilter ALL = new SearchFilter("", Set.of(), Set.of());
  private static final Logger LOG = System.getLogger(KernelWarmUp.class.getName());

  /** What is warm, or getting so, in this JVM. */
  private static final ConcurrentHashMap<Key, FutureTask<Void>> DONE = new ConcurrentHashMap<>();

  private record Key(String kernels, int dimension) {}

  private final Kernels kernels;
  private final int dimension;
  private final Random random = new Random(SEED);
  private final long deadline = System.nanoTime() + TIME_MAX.toNanos();

  KernelWarmUp(Kernels kernels, int dimension) {
    this.kernels = kernels;
    this.dimension = dimension;
  }

  /** Begins to warm up for a dimension, once per JVM, on a thread of its own. */
  static FutureTask<Void> begin(Kernels kernels, int dimension) {
    return DONE.computeIfAbsent(
        new Key(kernels.name(), dimension),
        _ -> {
          FutureTask<Void> task = new FutureTask<>(new KernelWarmUp(kernels, dimension)::run, null);
          Thread.ofPlatform().name("vector-index-warm-up").daemon().start(task);
          return task;
        });
  }

  /**
   * Waits until all is warm, but not for long.
   *
   * @param since when an index began to open, as {@link System#nanoTime} has it
   */
  static void await(FutureTask<Void> task, long since) {
    try {
      long waited = System.nanoTime() - since;
      task.get(Math.max(0, WAIT_MAX.toNanos() - waited), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.log(Level.DEBUG, "the search kernels go on warming up beside the first searches");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.log(Level.WARNING, "the search kernels could not be warmed up", e.getCause());
    }
  }

  private void run() {
    long started = System.nanoTime();
    int rows = BLOCKS * RowSegment.ROWS_PER_BLOCK;
    try (VectorIndex index = new VectorIndex(new IndexOptions(dimension, rows), kernels)) {
      index.codebooks().adopt(codebook());
      for (int row = 0; row < rows; row++) {
        index.put(row(row));
      }
      int alone = 0;
      for (; alone * BLOCKS < CALLS && System.nanoTime() - deadline < 0; alone++) {
        searchAlone(index, alone);
      }
      long searched = System.nanoTime();
      int together = 0;
      for (; together * BLOCKS < CALLS && System.nanoTime() - deadline < 0; together++) {
        for (int i = 0; i < Projector.VECTORS; i++) {
          index.put(row((together * Projector.VECTORS + i) % rows));
        }
        searchTogether(index, together);
      }
      LOG.log(
          Level.INFO,
          "warmed up {0} for dimension {1} in {2} ms, searches one by one in the first {3} ms",
          kernels.name(),
          dimension,
          (System.nanoTime() - started) / 1_000_000,
          (searched - started) / 1_000_000);
      LOG.log(Level.DEBUG, "in {0} and {1} rounds", alone, together);
    }
  }

  Codebook codebook() {
    float[][] sample = new float[RowSegment.ROWS_PER_BLOCK][];
    Arrays.setAll(sample, _ -> vector());
    return Codebook.ofCoordinates(dimension, sample, kernels.projector());
  }

  /** Returns a vector of a model's kind: what its first dimensions leave is soon little. */
  private float[] vector() {
    float[] vector = new float[dimension];
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (random.nextGaussian() * Math.pow(i + 1, -DECAY / 2));
      squares += vector[i] * (double) vector[i];
    }
    float scale = squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < dimension; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  private IndexRow row(int number) {
    return new IndexRow("row-" + number, vector(), "", "", new byte[0], true);
  }

  /** Asks for the best, and for few or many; what first searches after a restart wait for. */
  private void searchAlone(VectorIndex index, int round) {
    float[] query = vector();
    index.search(new SearchRequest(query, 10, THRESHOLDS[round % THRESHOLDS.length], ALL, 0));
    index.search(new SearchRequest(query, 10, Float.NEGATIVE_INFINITY, ALL, 0));
  }

  private void searchTogether(VectorIndex index, int round) {
    float[] query = vector();
    List<SearchRequest> requests = new ArrayList<>();
    for (int i = 0; i < SlabSums.TILE + 1; i++) {
      float threshold = THRESHOLDS[(round + i) % THRESHOLDS.length];
      requests.add(new SearchRequest(query, 10, threshold, ALL, 0));
    }
    index.search(requests);
  }
}
