package io.semblance.vector;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A flat index of vectors in memory, whose answers are exactly those of a brute-force scan: the
 * canonical float32 inner product of {@link DotProducts}, ordered by descending score, then
 * ascending id (by {@link String#compareTo}).
 *
 * <p><b>Threads.</b> One thread at a time may change the index ({@code put}, {@code delete}); a
 * second one that tries at the same time gets an {@link IllegalStateException}. Any number of
 * threads may read at the same time, without locks. Every search sees the index as of one sequence
 * number: all changes up to it and none after it. A replaced row is therefore seen once, old or
 * new.
 *
 * <p><b>How.</b> A live row is never overwritten. A replacement goes into a free slot; the old row
 * is marked as having died at the new row's sequence number, and its slot is wiped and used again
 * once neither a running search nor the last snapshot needs it (see {@link SlotLifeCycle}).
 *
 * <p><b>Memory.</b> Vectors and codes lie off-heap in segments of a fixed number of rows, allocated
 * as they are needed and released by {@link #close}, which waits for running searches. An index
 * with a directory maps its files ({@link IndexDirectory}); {@link #prepareSnapshot} makes what is
 * in them last.
 */
public final class VectorIndex implements AutoCloseable {
  /** Largest {@link IndexRow#payload()}, in bytes. */
  public static final int PAYLOAD_BYTES_MAX = 16 * 1024;

  /** Largest {@link SearchRequest#limit()}. */
  public static final int LIMIT_MAX = 10_000;

  /** Longest {@link IndexRow#id()}, tenant or category, in chars. */
  public static final int ID_LENGTH_MAX = 4_096;

  /** Largest absolute value of a vector's component: inner products then stay finite. */
  public static final float COMPONENT_MAX = 1e16f;

  /** How long {@link #close} waits for running searches before it gives up releasing memory. */
  static final Duration CLOSE_WAIT_MAX = Duration.ofSeconds(30);

  /** Changes between two looks for slots that can be reused. */
  private static final int CHANGES_PER_RECLAIM = 64;

  private static final Logger LOG = System.getLogger(VectorIndex.class.getName());

  private final IndexOptions options;
  private final Kernels kernels;
  private final AtomicLong sequence = new AtomicLong();
  private final ReaderRegistry readers = new ReaderRegistry(sequence);
  private final RowTable table;
  private final @Nullable Snapshots snapshots;
  private final AtomicBoolean writing = new AtomicBoolean();

  /** Held by the writer while it changes rows, and by the learner while it codes a block. */
  private final ReentrantLock rows = new ReentrantLock(true);

  private final PendingCodes pendingCodes;
  private final CodebookLearner codebooks;
  private final VectorPreloader preloader = new VectorPreloader(this);
  private final LongAdder rowsSearched = new LongAdder();
  private final LongAdder rowsPastFirstSlab = new LongAdder();
  private final LongAdder rowsScored = new LongAdder();
  private final LongAdder rowsFound = new LongAdder();
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile boolean closed;

  /** Under the lock on rows only. */
  private int changesUntilReclaim = CHANGES_PER_RECLAIM;

  /** Creates an empty index in memory alone, with the kernels chosen for this JVM. */
  public VectorIndex(IndexOptions options) {
    this(options, KernelProvider.chosen());
  }

  VectorIndex(IndexOptions options, Kernels kernels) {
    this(options, kernels, null, 0);
  }

  VectorIndex(
      IndexOptions options, Kernels kernels, @Nullable IndexDirectory directory, int rowsExpected) {
    this.options = options;
    this.kernels = kernels;
    this.pendingCodes = new PendingCodes(options.dimension(), kernels.projector());
    this.table = new RowTable(options, directory, rowsExpected, pendingCodes);
    this.snapshots = directory == null ? null : new Snapshots(this, directory);
    this.codebooks = new CodebookLearner(this);
  }

  /**
   * Opens the index of a directory, as its last snapshot has it; an empty one if there is no
   * snapshot. What the directory holds beyond the snapshot is deleted. Vectors are checked as they
   * are first looked at, all else now.
   *
   * @param options of which the rows per segment are for a directory without a snapshot alone
   * @throws TornSnapshotException if a file is missing, incomplete or damaged
   * @throws ForeignSnapshotException if the snapshot is of another version or dimension
   * @throws IOException if it cannot be read
   */
  public static VectorIndex open(IndexOptions options, Path directory) throws IOException {
    return open(
        options, KernelProvider.chosen(), new IndexDirectory(directory, new FileOperations()));
  }

  static VectorIndex open(IndexOptions options, Kernels kernels, IndexDirectory directory)
      throws IOException {
    return new SnapshotReader(options, kernels, directory).open();
  }

  /**
   * Begins, on a thread of its own, to have all compiled that searches and insertions spend their
   * time in, on a small index in the temporary directory: some seconds of processor time, 20 at
   * most, once per JVM and dimension. The earlier that begins before an index of that dimension
   * goes live, the less its first searches wait.
   *
   * @throws IllegalArgumentException if there is no kernel of the name that was chosen
   */
  public static void warmUp(int dimension) {
    KernelWarmUp.begin(KernelProvider.chosen(), dimension);
  }

  /**
   * Waits until an index of this dimension is {@linkplain #warmUp warm}, but not for long.
   *
   * @param since when the index began to open, as {@link System#nanoTime} has it
   */
  public static void awaitWarmUp(int dimension, long since) {
    KernelWarmUp.begin(KernelProvider.chosen(), dimension).await(since);
  }

  /**
   * Opens the index of a directory that is to go live, as {@link #open} does, and waits until it is
   * {@linkplain #warmUp warm}, though not for long.
   */
  public static VectorIndex openWarm(IndexOptions options, Path directory) throws IOException {
    long started = System.nanoTime();
    warmUp(options.dimension());
    VectorIndex index = open(options, directory);
    awaitWarmUp(options.dimension(), started);
    return index;
  }

  public IndexOptions options() {
    return options;
  }

  /**
   * Adds a row, or replaces the row of the same id, and returns the sequence number given to it.
   *
   * @throws IllegalArgumentException if the vector's dimension is wrong or a component is not
   *     finite or beyond {@link #COMPONENT_MAX}, the id is blank, or a part is too large
   * @throws IndexClosedException after close
   */
  public long put(IndexRow row) {
    RowChecks.check(row, options.dimension());
    beginChange();
    try {
      long next = sequence.get() + 1;
      table.put(row, next, codebooks::added);
      sequence.set(next);
      reclaimSometimes();
      codebooks.learnIfDue(table.slotsById().size());
      return next;
    } finally {
      endChange();
    }
  }

  /**
   * Deletes a row and returns whether there was one. Every search that begins after the return does
   * not see it.
   *
   * @throws IndexClosedException after close
   */
  public boolean delete(String id) {
    beginChange();
    try {
      long next = sequence.get() + 1;
      if (!table.delete(id, next)) {
        return false;
      }
      sequence.set(next);
      reclaimSometimes();
      return true;
    } finally {
      endChange();
    }
  }

  /** Returns the row of an id, with copies of its arrays. */
  public Optional<IndexRow> get(String id) {
    int reader = enter();
    try {
      Long slot = table.slotsById().get(id);
      return slot == null ? Optional.empty() : Optional.of(read(slot));
    } finally {
      readers.leave(reader);
    }
  }

  private IndexRow read(long slot) {
    RowSegment segment = table.segment(slot);
    int within = table.within(slot);
    float[] vector = new float[options.dimension()];
    segment.copyVector(within, vector);
    return new IndexRow(
        segment.id(within),
        vector,
        table.tenants().decode(segment.tenant(within)),
        table.categories().decode(segment.category(within)),
        segment.payload(within).clone(),
        segment.isSearchable(within));
  }

  /** Returns whether the row of {@code id} exists and is the one put as {@code rowSequence}. */
  public boolean isCurrent(String id, long rowSequence) {
    int reader = enter();
    try {
      Long slot = table.slotsById().get(id);
      return slot != null && table.segment(slot).born(table.within(slot)) == rowSequence;
    } finally {
      readers.leave(reader);
    }
  }

  /** Returns the sequence number of the last change: puts and deletions count up from 1. */
  public long sequence() {
    return sequence.get();
  }

  /**
   * Returns how often codes were made by themselves since the index was opened, apart from those of
   * rows that are put: a snapshot of the same {@link #sequence} may lack them.
   */
  public long codeChanges() {
    return codebooks.changes();
  }

  /** Answers one request; see {@link #search(List)}. */
  public SearchResult search(SearchRequest request) {
    return search(List.of(request)).getFirst();
  }

  /**
   * Answers requests together, in one pass over the rows, all as of the same sequence number.
   *
   * @return one result for each request, in their order
   * @throws IllegalArgumentException if a query has the wrong dimension, a component that is not
   *     finite or beyond {@link #COMPONENT_MAX}, or a limit out of range
   * @throws IndexClosedException after close
   */
  public List<SearchResult> search(List<SearchRequest> requests) {
    int reader = enter();
    try {
      // Read before the filters are encoded: a tenant unknown then has no row as of now.
      long asOf = sequence.get();
      return new IndexScan(this, requests, asOf).run();
    } finally {
      readers.leave(reader);
    }
  }

  /** Returns counts; approximate while the index is being changed. */
  public IndexStatistics statistics() {
    long vectorBytes = 0;
    long codeBytes = 0;
    long codedRows = 0;
    RowSegment[] present = table.segments();
    for (RowSegment segment : present) {
      RowCodes codes = segment.codes();
      vectorBytes += segment.memory().size();
      codeBytes += codes == null ? 0 : codes.memory().size();
      codedRows += segment.codedRows();
    }
    return new IndexStatistics(
        (long) present.length * options.rowsPerSegment(),
        table.slotsById().size(),
        table.slots().pendingSlots(),
        table.slots().retainedSlots(),
        table.slots().freeSlots(),
        codedRows,
        closed ? 0 : codeBytes,
        closed ? 0 : vectorBytes,
        rowsSearched.sum(),
        rowsPastFirstSlab.sum(),
        rowsScored.sum(),
        rowsFound.sum(),
        sequence.get(),
        kernels.name());
  }

  /**
   * Waits until the rows are coded, if they are being, after which searches are as quick as they
   * get.
   *
   * @return false if it took longer than {@code limit}
   */
  public boolean awaitCodes(Duration limit) throws InterruptedException {
    return codebooks.await(limit);
  }

  /**
   * Holds the index's state as of now, to be written to its directory while searches and changes go
   * on. Slots of rows that change meanwhile are not reused until it is closed. For the writer.
   *
   * @param attributes what the snapshot says about itself, such as the model's fingerprint
   * @throws IllegalStateException if the index has no directory, or the last one is not closed
   */
  public PendingSnapshot prepareSnapshot(Map<String, String> attributes) {
    if (snapshots == null) {
      throw new IllegalStateException("the index has no directory to write a snapshot to");
    }
    return snapshots.prepare(attributes);
  }

  /**
   * Reads and checks all vectors that nobody has looked at since the index was opened, on a thread
   * of its own, which ends with the index. Searches then find them in memory.
   */
  public void preloadVectors() {
    preloader.start();
  }

  /** Returns the damage found in the index's files, if any: then it must be built again. */
  public Optional<DamagedRowException> damage() {
    return table.damage().first();
  }

  /**
   * Waits for running searches, gives up a snapshot that is being written, then releases the
   * memory. Later calls of any method throw {@link IndexClosedException}; closing again does
   * nothing.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    closed = true;
    codebooks.close();
    long deadline = System.nanoTime() + CLOSE_WAIT_MAX.toNanos();
    while (readers.oldest() != Long.MAX_VALUE) {
      if (System.nanoTime() - deadline > 0) {
        LOG.log(
            Level.ERROR,
            "a search still runs {0} after the index was closed; its memory is not released",
            CLOSE_WAIT_MAX);
        return;
      }
      LockSupport.parkNanos(100_000);
    }
    rows.lock(); // the learner may be at a block
    try {
      table.release();
    } finally {
      rows.unlock();
    }
  }

  /** Runs {@code change} while no row changes, unless the index is closed. */
  void whileRowsRest(Runnable change) {
    rows.lock();
    try {
      if (closed) {
        throw new IndexClosedException();
      }
      change.run();
    } finally {
      rows.unlock();
    }
  }

  /** Notes memory that only searches running now may still look at; under the row lock. */
  void retireMemory(Runnable release) {
    table.retireMemory(release, sequence.get());
  }

  int enter() {
    int reader = readers.enter();
    if (closed) {
      readers.leave(reader);
      throw new IndexClosedException();
    }
    return reader;
  }

  private void beginChange() {
    if (!writing.compareAndSet(false, true)) {
      throw new IllegalStateException("two threads change the vector index at the same time");
    }
    rows.lock();
    if (closed) {
      endChange();
      throw new IndexClosedException();
    }
  }

  private void endChange() {
    rows.unlock();
    writing.set(false);
  }

  private void reclaimSometimes() {
    if (--changesUntilReclaim > 0) {
      return;
    }
    changesUntilReclaim = CHANGES_PER_RECLAIM;
    if (table.isReclaimable()) {
      table.reclaim(readers.oldest(), sequence.get());
    }
  }

  /**
   * Wipes what the last durable snapshot has forgotten, as far as readers let it; any thread.
   *
   * @return false if some of it is left
   */
  boolean forget() {
    boolean[] done = new boolean[1];
    whileRowsRest(() -> {
      table.reclaim(readers.oldest(), sequence.get());
      done[0] = !table.slots().holdsForgettable();
    });
    return done[0];
  }

  RowTable table() {
    return table;
  }

  RowSegment[] segments() {
    return table.segments();
  }

  /** Notes how many rows each stage of a search left to the next. */
  void searched(SearchCounts counts) {
    rowsSearched.add(counts.searched());
    rowsPastFirstSlab.add(counts.pastFirstSlab());
    rowsScored.add(counts.scored());
    rowsFound.add(counts.found());
  }

  Kernels kernels() {
    return kernels;
  }

  PendingCodes pendingCodes() {
    return pendingCodes;
  }

  /** Takes over what a snapshot holds, before the index is shared; ids are there already. */
  void restore(
      RowSegment[] restored,
      Manifest manifest,
      List<Long> freeSlots,
      List<Snapshots.Written> written,
      Map<Codebook, Manifest.NamedCodebook> named) {
    table.restore(restored, manifest, freeSlots);
    sequence.set(manifest.header().sequence());
    if (snapshots != null) {
      snapshots.restore(manifest, written, named);
    }
    named.entrySet().stream()
        .max(Comparator.comparingInt(one -> one.getValue().generation()))
        .ifPresent(newest -> codebooks.adopt(newest.getKey()));
    codebooks.learnIfDue(table.slotsById().size());
  }

  VectorPreloader preloader() {
    return preloader;
  }

  CodebookLearner codebooks() {
    return codebooks;
  }

  ReaderRegistry readers() {
    return readers;
  }
}
