package io.semblance.vector;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

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
 * is marked as having died at the new row's sequence number. When no running search began before
 * that, the old slot's bits are cleared; when none can have seen the bits any more, the slot is
 * wiped and free again (see {@link ReaderRegistry}).
 *
 * <p><b>Memory.</b> Vectors lie off-heap in segments of a fixed number of rows, allocated as they
 * are needed and released by {@link #close}, which waits for running searches.
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

  /** A slot out of use since a sequence number. */
  private record Slot(long slot, long since) {}

  /** Codes out of use since a sequence number. */
  private record RetiredCodes(RowCodes codes, long since) {}

  private final IndexOptions options;
  private final Kernels kernels;
  private final AtomicLong sequence = new AtomicLong();
  private final ReaderRegistry readers = new ReaderRegistry(sequence);
  private final ConcurrentHashMap<String, Long> slotsById = new ConcurrentHashMap<>();
  private final StringDictionary tenants = new StringDictionary();
  private final StringDictionary categories = new StringDictionary();
  private final AtomicBoolean writing = new AtomicBoolean();

  /** Held by the writer while it changes rows, and by the learner while it codes a block. */
  private final ReentrantLock rows = new ReentrantLock(true);

  private final PendingCodes pendingCodes;
  private final CodebookLearner codebooks;
  private final LongAdder rowsSearched = new LongAdder();
  private final LongAdder rowsPastFirstSlab = new LongAdder();
  private final LongAdder rowsScored = new LongAdder();
  private volatile RowSegment[] segments = new RowSegment[0];
  private volatile boolean closed;

  // Written under `writing` only; the volatile ones are read by statistics().
  private final ArrayDeque<Slot> retired = new ArrayDeque<>();
  private final ArrayDeque<Slot> cleared = new ArrayDeque<>();
  private final ArrayDeque<Long> free = new ArrayDeque<>();
  private final ArrayDeque<RetiredCodes> retiredCodes = new ArrayDeque<>();
  private long slotsUsed;
  private int changesUntilReclaim = CHANGES_PER_RECLAIM;
  private volatile long pendingSlots;
  private volatile long freeSlots;

  /** Creates an empty index with the kernels chosen for this JVM. */
  public VectorIndex(IndexOptions options) {
    this(options, KernelProvider.chosen());
  }

  VectorIndex(IndexOptions options, Kernels kernels) {
    this.options = options;
    this.kernels = kernels;
    this.pendingCodes = new PendingCodes(options.dimension(), kernels.projector());
    this.codebooks = new CodebookLearner(this);
  }

  /**
   * Reads an index from a snapshot.
   *
   * @throws TornSnapshotException if the file is incomplete or its checksum is wrong
   * @throws ForeignSnapshotException if it is no snapshot, of another version or of another
   *     dimension
   * @throws IOException if it cannot be read
   */
  public static VectorIndex open(IndexOptions options, Path snapshot) throws IOException {
    VectorIndex index = new VectorIndex(options);
    try {
      SnapshotReader.readInto(index, snapshot);
      return index;
    } catch (IOException | RuntimeException | Error e) {
      index.close();
      throw e;
    }
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
    check(row);
    beginChange();
    try {
      long next = sequence.get() + 1;
      putAt(row, next);
      sequence.set(next);
      reclaimSometimes();
      codebooks.learnIfDue(slotsById.size());
      return next;
    } finally {
      endChange();
    }
  }

  /** Adds a row of a snapshot under its old sequence number, before the index is shared. */
  void restore(IndexRow row, long rowSequence) {
    check(row);
    putAt(row, rowSequence);
  }

  /** Ends a restore. */
  void restored(long lastSequence) {
    sequence.set(lastSequence);
    codebooks.learnIfDue(slotsById.size());
  }

  private void putAt(IndexRow row, long rowSequence) {
    long slot = takeSlot();
    segment(slot)
        .write(
            within(slot),
            row,
            tenants.encode(row.tenant()),
            categories.encode(row.category()),
            rowSequence);
    RowCodes codes = segment(slot).codes();
    if (codes != null) {
      pendingCodes.add(segment(slot), within(slot), codes);
    }
    Long replaced = slotsById.put(row.id(), slot);
    if (replaced != null) {
      retire(replaced, rowSequence);
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
      Long slot = slotsById.remove(id);
      if (slot == null) {
        return false;
      }
      long next = sequence.get() + 1;
      retire(slot, next);
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
      Long slot = slotsById.get(id);
      return slot == null ? Optional.empty() : Optional.of(read(segment(slot), within(slot)));
    } finally {
      readers.leave(reader);
    }
  }

  IndexRow read(RowSegment segment, int slot) {
    float[] vector = new float[options.dimension()];
    segment.copyVector(slot, vector);
    return new IndexRow(
        segment.id(slot),
        vector,
        tenants.decode(segment.tenant(slot)),
        categories.decode(segment.category(slot)),
        segment.payload(slot).clone(),
        segment.isSearchable(slot));
  }

  /** Returns whether the row of {@code id} exists and is the one put as {@code rowSequence}. */
  public boolean isCurrent(String id, long rowSequence) {
    int reader = enter();
    try {
      Long slot = slotsById.get(id);
      return slot != null && segment(slot).born(within(slot)) == rowSequence;
    } finally {
      readers.leave(reader);
    }
  }

  /** Returns the sequence number of the last change: puts and deletions count up from 1. */
  public long sequence() {
    return sequence.get();
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
    long bytes = 0;
    long slots = 0;
    long codedRows = 0;
    for (RowSegment segment : segments) {
      bytes += segment.bytes();
      slots += options.rowsPerSegment();
      codedRows += segment.codedRows();
    }
    return new IndexStatistics(
        slots,
        slotsById.size(),
        pendingSlots,
        freeSlots,
        codedRows,
        closed ? 0 : bytes,
        rowsSearched.sum(),
        rowsPastFirstSlab.sum(),
        rowsScored.sum(),
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
   * Holds the index's state as of now, to be written while searches and changes go on. Slots of
   * rows that change meanwhile are not reused until it is closed.
   *
   * @param attributes what the snapshot says about itself, such as the model's fingerprint
   */
  public PendingSnapshot prepareSnapshot(Map<String, String> attributes) {
    int reader = enter();
    return new PendingSnapshot(
        this, sequence.get(), Map.copyOf(attributes), () -> readers.leave(reader));
  }

  /**
   * Waits for running searches and snapshots, then releases the memory. Later calls of any method
   * throw {@link IndexClosedException}; closing again does nothing.
   */
  @Override
  public void close() {
    if (closed) {
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
      for (RowSegment segment : segments) {
        segment.release();
      }
      retiredCodes.forEach(one -> one.codes().release());
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

  /** Notes codes that only searches running now may still look at; under {@link #whileRowsRest}. */
  void retireCodes(RowCodes codes) {
    retiredCodes.add(new RetiredCodes(codes, sequence.get()));
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

  private long takeSlot() {
    Long reusable = free.pollFirst();
    if (reusable != null) {
      freeSlots = free.size();
      return reusable;
    }
    long slot = slotsUsed;
    RowSegment[] current = segments;
    if (slot == (long) current.length * options.rowsPerSegment()) {
      RowSegment[] grown = Arrays.copyOf(current, current.length + 1);
      grown[current.length] = new RowSegment(options.rowsPerSegment(), options.stride());
      codebooks.added(grown[current.length]);
      segments = grown;
    }
    slotsUsed++;
    return slot;
  }

  private void retire(long slot, long since) {
    segment(slot).retire(within(slot), since);
    retired.add(new Slot(slot, since));
    pendingSlots = (long) retired.size() + cleared.size();
  }

  private void reclaimSometimes() {
    if (--changesUntilReclaim > 0) {
      return;
    }
    changesUntilReclaim = CHANGES_PER_RECLAIM;
    if (!retired.isEmpty() || !cleared.isEmpty() || !retiredCodes.isEmpty()) {
      reclaim();
    }
  }

  /** Moves slots on that running readers no longer need: retired, then cleared, then free. */
  private void reclaim() {
    pendingCodes.flush();
    long oldest = readers.oldest();
    for (Slot next = cleared.peek(); next != null && next.since() < oldest; next = cleared.peek()) {
      cleared.remove();
      segment(next.slot()).wipe(within(next.slot()));
      free.add(next.slot());
    }
    for (Slot next = retired.peek();
        next != null && next.since() <= oldest;
        next = retired.peek()) {
      retired.remove();
      segment(next.slot()).clear(within(next.slot()));
      cleared.add(new Slot(next.slot(), sequence.get()));
    }
    for (RetiredCodes next = retiredCodes.peek();
        next != null && next.since() < oldest;
        next = retiredCodes.peek()) {
      retiredCodes.remove();
      next.codes().release();
    }
    freeSlots = free.size();
    pendingSlots = (long) retired.size() + cleared.size();
  }

  private void check(IndexRow row) {
    if (row.id().isBlank()) {
      throw new IllegalArgumentException("the row's id is blank; every row needs one");
    }
    checkLength("id", row.id());
    checkLength("tenant", row.tenant());
    checkLength("category", row.category());
    if (row.payload().length > PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the payload of row '%s' has %d bytes, more than the %d allowed"
              .formatted(row.id(), row.payload().length, PAYLOAD_BYTES_MAX));
    }
    checkVector(row.vector(), "vector of row '" + row.id() + "'");
  }

  private static void checkLength(String name, String value) {
    if (value.length() > ID_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "the row's %s has %d characters, more than the %d allowed"
              .formatted(name, value.length(), ID_LENGTH_MAX));
    }
  }

  void checkVector(float[] vector, String what) {
    if (vector.length != options.dimension()) {
      throw new IllegalArgumentException(
          "the %s has %d dimensions, but the index holds vectors of %d"
              .formatted(what, vector.length, options.dimension()));
    }
    for (int i = 0; i < vector.length; i++) {
      // Written so that NaN fails too.
      if (!(Math.abs(vector[i]) <= COMPONENT_MAX)) {
        throw new IllegalArgumentException(
            "component %d of the %s is %s; components must be finite and at most %s in size"
                .formatted(i, what, vector[i], COMPONENT_MAX));
      }
    }
  }

  RowSegment[] segments() {
    return segments;
  }

  StringDictionary tenants() {
    return tenants;
  }

  StringDictionary categories() {
    return categories;
  }

  /** Notes how many rows each stage of a search left to the next. */
  void searched(SearchCounts counts) {
    rowsSearched.add(counts.searched());
    rowsPastFirstSlab.add(counts.pastFirstSlab());
    rowsScored.add(counts.scored());
  }

  Kernels kernels() {
    return kernels;
  }

  PendingCodes pendingCodes() {
    return pendingCodes;
  }

  CodebookLearner codebooks() {
    return codebooks;
  }

  ReaderRegistry readers() {
    return readers;
  }

  private RowSegment segment(long slot) {
    return segments[(int) (slot / options.rowsPerSegment())];
  }

  private int within(long slot) {
    return (int) (slot % options.rowsPerSegment());
  }
}
