package io.semblance.vector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Has the compiler compile what searches and insertions spend their time in, on a small index of
 * its own: interpreted, a kernel of the Vector API takes a thousand times as long, and the first
 * questions to an index would wait for that.
 *
 * <p>The index is one of a directory, opened as those that go live are: the compiler takes for
 * granted what it has seen, and throws its work away at the first mapped file, say.
 */
final class KernelWarmUp {
  /** Blocks of the index: as few as exercise every stage. */
  private static final int BLOCKS = 16;

  private static final int ROWS = BLOCKS * RowSegment.ROWS_PER_BLOCK;

  /** Rounds after which the index is opened again. */
  private static final int ROUNDS_PER_OPENING = 250;

  /** Rounds after which C2 has long begun to compile what a search calls but once. */
  private static final int ROUNDS = 2_000;

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
    try {
      run(Files.createTempDirectory("semblance-warm-up"));
    } catch (IOException e) {
      throw new UncheckedIOException("no index could be kept in the temporary directory", e);
    }
  }

  /** Warms up on an index in an empty directory, which is deleted. */
  void run(Path directory) throws IOException {
    long started = System.nanoTime();
    try {
      fill(directory);
      searchAlone(directory);
      long searched = System.nanoTime();
      searchTogether(directory);
      LOG.log(
          Level.INFO,
          "warmed up {0} for dimension {1} in {2} ms, searches one by one in the first {3} ms",
          kernels.name(),
          dimension,
          (System.nanoTime() - started) / 1_000_000,
          (searched - started) / 1_000_000);
    } finally {
      delete(directory);
    }
  }

  private VectorIndex open(Path directory) throws IOException {
    return VectorIndex.open(
        new IndexOptions(dimension, ROWS),
        kernels,
        new IndexDirectory(directory, new FileOperations()));
  }

  private void fill(Path directory) throws IOException {
    try (VectorIndex index = open(directory)) {
      index.codebooks().adopt(codebook());
      for (int row = 0; row < ROWS; row++) {
        index.put(row(row));
      }
      try (PendingSnapshot snapshot = index.prepareSnapshot(Map.of())) {
        snapshot.write();
      }
    }
  }

  /** A part of the warm-up, on an index just opened. */
  private interface Round {
    void run(VectorIndex index, int number);
  }

  private void searchAlone(Path directory) throws IOException {
    repeat(directory, this::searchAlone);
  }

  private void searchTogether(Path directory) throws IOException {
    repeat(
        directory,
        (index, number) -> {
          for (int i = 0; i < Projector.VECTORS; i++) {
            index.put(row((number * Projector.VECTORS + i) % ROWS));
          }
          searchTogether(index, number);
        });
  }

  /** Opens the index again at times, since rows are verified when they are first looked at. */
  private void repeat(Path directory, Round round) throws IOException {
    int number = 0;
    while (number < ROUNDS && System.nanoTime() - deadline < 0) {
      try (VectorIndex index = open(directory)) {
        for (int i = 0; i < ROUNDS_PER_OPENING && System.nanoTime() - deadline < 0; i++) {
          round.run(index, number++);
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files = list.toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory);
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
