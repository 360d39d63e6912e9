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
  private static final int BLOCKS = 8;

  /** Calls of each kernel after which C2 has long begun to compile it. */
  private static final int CALLS = 6_000;

  /** When to give up although not all is compiled, as on a busy machine. */
  private static final Duration TIME_MAX = Duration.ofSeconds(20);

  /** How long an index waits at most before it goes live; the rest is compiled beside searches. */
  private static final Duration WAIT_MAX = Duration.ofMillis(1_500);

  private static final long SEED = 1;
  private static final Logger LOG = System.getLogger(KernelWarmUp.class.getName());

  /** What is warm, or getting so, in this JVM. */
  private static final ConcurrentHashMap<Key, FutureTask<Void>> DONE = new ConcurrentHashMap<>();

  private record Key(String kernels, int dimension) {}

  private final Kernels kernels;
  private final int dimension;
  private final Random random = new Random(SEED);
  private final long deadline = System.nanoTime() + TIME_MAX.toNanos();

  private KernelWarmUp(Kernels kernels, int dimension) {
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

  /** Waits until all is warm, but not for long. */
  static void await(FutureTask<Void> task) {
    try {
      task.get(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
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
      int round = 0;
      for (; round * BLOCKS < CALLS && System.nanoTime() - deadline < 0; round++) {
        for (int i = 0; i < Projector.VECTORS; i++) {
          index.put(row((round * Projector.VECTORS + i) % rows));
        }
        search(index, round);
      }
      LOG.log(
          Level.INFO,
          "warmed up {0} for dimension {1} in {2} ms",
          kernels.name(),
          dimension,
          (System.nanoTime() - started) / 1_000_000);
      LOG.log(Level.DEBUG, "in {0} rounds", round);
    }
  }

  private Codebook codebook() {
    float[][] sample = new float[RowSegment.ROWS_PER_BLOCK][];
    Arrays.setAll(sample, _ -> vector());
    return Codebook.ofCoordinates(dimension, sample, kernels.projector());
  }

  private float[] vector() {
    float[] vector = new float[dimension];
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
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

  /** Asks for the best, for few and for many, alone and together. */
  private void search(VectorIndex index, int round) {
    SearchFilter all = new SearchFilter("", Set.of(), Set.of());
    float[] query = vector();
    List<SearchRequest> requests = new ArrayList<>();
    for (int i = 0; i < SlabSums.TILE + 1; i++) {
      float threshold = (i + round % 3) * 0.15f;
      requests.add(new SearchRequest(query, 10, threshold, all, 0));
    }
    index.search(requests);
    index.search(new SearchRequest(query, 10, Float.NEGATIVE_INFINITY, all, 0));
    index.search(new SearchRequest(query, 10, 0.3f, all, 0));
  }
}
