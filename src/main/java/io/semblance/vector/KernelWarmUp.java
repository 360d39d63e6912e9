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
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  /** Blocks of the index: more than a batch looks at together, so that every loop goes round. */
  private static final int BLOCKS = 16;

  private static final int ROWS = BLOCKS * RowSegment.ROWS_PER_BLOCK;

  /** Rounds after which the index is opened again. */
  private static final int ROUNDS_PER_OPENING = 250;

  /** Rounds after which C2 has long begun to compile what a search calls but once. */
  private static final int ROUNDS = 2_000;

  /** When to give up although not all is compiled, as on a busy machine. */
  private static final Duration TIME_MAX = Duration.ofSeconds(20);

  /** The beginning of the names of its directories; the process's number follows. */
  private static final String DIRECTORY = "semblance-warm-up-";

  private static final Pattern OF_PROCESS = Pattern.compile(DIRECTORY + "([0-9]{1,18})-.*");

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
  private static final ConcurrentHashMap<Key, Progress> BEGUN = new ConcurrentHashMap<>();

  private record Key(String kernels, int dimension) {}

  private final Kernels kernels;
  private final int dimension;
  private final Random random = new Random(SEED);
  private final int rounds;
  private final Duration timeMax;

  KernelWarmUp(Kernels kernels, int dimension) {
    this(kernels, dimension, ROUNDS, TIME_MAX);
  }

  /**
   * @param rounds of single searches, and of batches and insertions
   * @param timeMax when to give up although not all are done
   */
  KernelWarmUp(Kernels kernels, int dimension, int rounds, Duration timeMax) {
    this.kernels = kernels;
    this.dimension = dimension;
    this.rounds = rounds;
    this.timeMax = timeMax;
  }

  /** A warm-up, and until when indexes wait for it: all together no longer than one. */
  static final class Progress {
    private final FutureTask<Void> task;
    private final AtomicLong waitEnd = new AtomicLong();

    private Progress(KernelWarmUp warmUp) {
      this.task = new FutureTask<>(warmUp::runAndTell, null);
    }

    /**
     * Waits until all is warm, but not for long.
     *
     * @param since when an index began to open, as {@link System#nanoTime} has it
     */
    void await(long since) {
      waitEnd.compareAndSet(0, since + WAIT_MAX.toNanos());
      try {
        task.get(Math.max(0, waitEnd.get() - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        LOG.log(Level.DEBUG, "the search kernels go on warming up beside the first searches");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        LOG.log(Level.DEBUG, "the search kernels are not warm", e.getCause());
      }
    }
  }

  /** Begins to warm up for a dimension, once per JVM, on a thread of its own. */
  static Progress begin(Kernels kernels, int dimension) {
    return BEGUN.computeIfAbsent(
        new Key(kernels.name(), dimension),
        _ -> {
          Progress progress = new Progress(new KernelWarmUp(kernels, dimension));
          Thread.ofPlatform().name("vector-index-warm-up").daemon().start(progress.task);
          return progress;
        });
  }

  private void runAndTell() {
    try {
      run();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the search kernels could not be warmed up", e);
      throw e;
    }
  }

  private void run() {
    try {
      Path directory = Files.createTempDirectory(DIRECTORY + ProcessHandle.current().pid() + "-");
      try {
        discardOfEndedProcesses(directory);
        run(directory);
      } finally {
        discard(directory);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(
          Level.WARNING,
          "the search kernels are warmed up without files, and first answers after a restart may"
              + " take long: the temporary directory (java.io.tmpdir) takes none: {0}",
          e.toString());
      warmUp(this::filled);
    }
  }

  /**
   * Warms up on an index in an empty directory, and returns how many rounds of either kind it did.
   */
  int run(Path directory) throws IOException {
    try (VectorIndex index = open(directory)) {
      fill(index);
      try (PendingSnapshot snapshot = index.prepareSnapshot(Map.of())) {
        snapshot.write();
      }
    }
    return warmUp(() -> open(directory));
  }

  private VectorIndex open(Path directory) throws IOException {
    return VectorIndex.open(
        new IndexOptions(dimension, ROWS),
        kernels,
        new IndexDirectory(directory, new FileOperations()));
  }

  /** Returns an index in memory alone. */
  private VectorIndex filled() {
    VectorIndex index = new VectorIndex(new IndexOptions(dimension, ROWS), kernels);
    fill(index);
    return index;
  }

  private void fill(VectorIndex index) {
    index.codebooks().adopt(codebook());
    for (int row = 0; row < ROWS; row++) {
      index.put(row(row));
    }
  }

  /** Opens an index that holds {@value #ROWS} rows. */
  private interface Opening {
    VectorIndex open() throws IOException;
  }

  /** A part of the warm-up, on an index just opened. */
  private interface Round {
    void run(VectorIndex index, int number);
  }

  private int warmUp(Opening opening) {
    long started = System.nanoTime();
    // First, since the first answers after a restart are of this kind.
    int alone = repeat(opening, this::searchAlone, started + timeMax.toNanos() / 2);
    long searched = System.nanoTime();
    int together = repeat(opening, this::putAndSearchTogether, started + timeMax.toNanos());
    int done = Math.min(alone, together);
    LOG.log(
        Level.INFO,
        done < rounds
            ? "warmed {0} for dimension {1} up for {2} ms and gave up: {4} of {5} rounds of single"
                + " searches (the first {3} ms), {6} of batches and insertions"
            : "warmed up {0} for dimension {1} in {2} ms, searches one by one in the first {3} ms",
        kernels.name(),
        dimension,
        (System.nanoTime() - started) / 1_000_000,
        (searched - started) / 1_000_000,
        alone,
        rounds,
        together);
    return done;
  }

  /**
   * Opens the index again at times, since rows are verified when they are first looked at.
   *
   * @param deadline when to end although not all rounds are done
   */
  private int repeat(Opening opening, Round round, long deadline) {
    int number = 0;
    while (number < rounds && System.nanoTime() - deadline < 0) {
      try (VectorIndex index = opening.open()) {
        for (int i = 0;
            i < ROUNDS_PER_OPENING && number < rounds && System.nanoTime() - deadline < 0;
            i++) {
          round.run(index, number++);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return number;
  }

  /** A process that is killed leaves its directory behind: the next one deletes it. */
  private static void discardOfEndedProcesses(Path own) throws IOException {
    List<Path> others;
    try (Stream<Path> list = Files.list(own.toAbsolutePath().getParent())) {
      others = list.filter(KernelWarmUp::isOfEndedProcess).toList();
    }
    others.forEach(KernelWarmUp::discard);
  }

  /** Deletes a directory if it can; what stays is in nobody's way. */
  private static void discard(Path directory) {
    try {
      IndexDirectory.discard(directory);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "{0} stays: {1}", directory, e.toString());
    }
  }

  private static boolean isOfEndedProcess(Path directory) {
    Matcher name = OF_PROCESS.matcher(directory.getFileName().toString());
    return name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
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

  private void putAndSearchTogether(VectorIndex index, int round) {
    for (int i = 0; i < Projector.VECTORS; i++) {
      index.put(row((round * Projector.VECTORS + i) % ROWS));
    }
    float[] query = vector();
    List<SearchRequest> requests = new ArrayList<>();
    for (int i = 0; i < SlabSums.TILE + 1; i++) {
      float threshold = THRESHOLDS[(round + i) % THRESHOLDS.length];
      requests.add(new SearchRequest(query, 10, threshold, ALL, 0));
    }
    index.search(requests);
  }
}
