package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Learns a {@link Codebook} from an index's own rows when it has enough of them, on a thread of its
 * own, and codes the rows block by block while searches and changes go on. Until then searches scan
 * the rows themselves, which is quick while they are few. Learns again when newer rows are of
 * another kind, so that codes say little of them.
 *
 * <p>Methods without a note are called by the writer, under the index's lock on rows.
 */
final class CodebookLearner {
  /** Rows that a rotation is learnt from. */
  static final int SAMPLE_ROWS = 20_000;

  private static final Logger LOG = System.getLogger(CodebookLearner.class.getName());

  /** By which newer rows' loss may exceed that of a codebook's sample. */
  private static final double LOSS_FACTOR_MAX = 1.2;

  /** By how much more it may exceed it, as a share of their squares. */
  private static final double LOSS_GROWTH_MAX = 0.01;

  /** Repeats a sample's choice of rows. */
  private static final long SEED = 20260211;

  private final VectorIndex index;
  private @Nullable Codebook codebook;
  private long rowsWhenLearnt;
  private final AtomicLong changes = new AtomicLong();
  private volatile @Nullable Thread learner;
  private volatile boolean closed;

  CodebookLearner(VectorIndex index) {
    this.index = index;
  }

  /** Starts to learn where there are enough rows and it has not been done, or is out of date. */
  void learnIfDue(long rows) {
    if (rows < SAMPLE_ROWS || closed || learner != null && learner.isAlive()) {
      return;
    }
    if (codebook == null && rows >= 2 * rowsWhenLearnt) { // again if that failed
      rowsWhenLearnt = rows;
      start(() -> learn(sample()));
    } else if (codebook != null && isOutOfDate(codebook)) {
      rowsWhenLearnt = rows;
      LOG.log(
          Level.INFO,
          "newer rows are of another kind: a first slab leaves {0} of them in the dark, of those it"
              + " was learnt from {1}",
          percent(index.pendingCodes().meanLoss()),
          percent(codebook.sampleLoss()));
      start(() -> learn(sample()));
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  /**
   * Returns whether newer rows are much worse off than those that the codebook was learnt from. To
   * learn again and code all rows anew pays only after a good share of them has come.
   */
  private boolean isOutOfDate(Codebook present) {
    PendingCodes newer = index.pendingCodes();
    return newer.rowsCoded() >= Math.max(SAMPLE_ROWS, rowsWhenLearnt / 2)
        && newer.meanLoss() > LOSS_FACTOR_MAX * present.sampleLoss() + LOSS_GROWTH_MAX;
  }

  /** Gives a new segment its codes. */
  void added(RowSegment segment) {
    Codebook present = codebook;
    if (present != null) {
      segment.publishCodes(index.table().newCodes(segment, present));
    }
  }

  /** Goes on with a snapshot's codebook, and codes the rows that it did not code yet. */
  void adopt(Codebook newest) {
    codebook = newest;
    rowsWhenLearnt = index.table().slotsById().size();
    List<RowSegment> uncoded =
        Arrays.stream(index.segments()).filter(segment -> !segment.isCodedBy(newest)).toList();
    if (!uncoded.isEmpty()) {
      start(() -> uncoded.forEach(segment -> complete(segment, newest)));
    }
  }

  private void complete(RowSegment segment, Codebook newest) {
    RowCodes present = segment.codes();
    if (present != null && present.codebook() == newest) {
      code(segment, newest);
    } else {
      recode(segment, newest);
    }
  }

  /** Work on the learner's thread. */
  private interface Task {
    void run() throws InterruptedException;
  }

  private void start(Task task) {
    learner =
        Thread.ofPlatform().name("vector-index-codebook").daemon().start(() -> runQuietly(task));
  }

  private void runQuietly(Task task) {
    try {
      task.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IndexClosedException e) {
      LOG.log(Level.DEBUG, "the index was closed while its codes were made");
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "no codes could be made: searches scan every row, and are slower", e);
    }
  }

  /** Learns from {@code sample} and returns when every row is coded; any thread. */
  void learn(float[][] sample) throws InterruptedException {
    long started = System.nanoTime();
    PrincipalAxes principal = PrincipalAxes.of(index.options().dimension(), sample);
    Codebook learnt =
        new Codebook(
            principal.axes(),
            PrincipalAxes.deviation(principal.axes()),
            sample,
            index.kernels().projector());
    long learntAt = System.nanoTime();
    List<RowSegment> segments = new ArrayList<>();
    index.whileRowsRest(() -> {
      codebook = learnt;
      Collections.addAll(segments, index.segments());
    });
    segments.forEach(segment -> recode(segment, learnt));
    LOG.log(
        Level.INFO,
        "learnt a rotation from {0} rows in {1} ms, coded {2} segments in {3} ms",
        sample.length,
        (learntAt - started) / 1_000_000,
        segments.size(),
        (System.nanoTime() - learntAt) / 1_000_000);
  }

  /**
   * Codes a segment's rows block by block. The first codes of a segment are of use from the first
   * block on; later ones take their predecessors' place when all rows have them.
   */
  private void recode(RowSegment segment, Codebook learnt) {
    RowCodes next = index.table().newCodes(segment, learnt);
    try {
      index.whileRowsRest(() -> {
        if (segment.codes() == null) {
          segment.publishCodes(next);
        } else {
          segment.beginCodes(next);
        }
      });
    } catch (IndexClosedException e) {
      next.release();
      throw e;
    }
    code(segment, learnt);
    index.whileRowsRest(() -> replace(segment, learnt));
  }

  /** Codes those rows of a segment that have no code by {@code wanted}, block by block. */
  private void code(RowSegment segment, Codebook wanted) {
    PendingCodes pending =
        new PendingCodes(index.options().dimension(), index.kernels().projector());
    for (int block = 0; block < segment.blocks(); block++) {
      int current = block;
      index.whileRowsRest(() -> {
        RowCodes target = segment.codesBy(wanted); // asked anew, as a snapshot may move them
        if (target != null) {
          segment.addUncoded(current, target, pending);
          pending.flush();
          changes.incrementAndGet();
        }
      });
    }
  }

  private void replace(RowSegment segment, Codebook wanted) {
    RowCodes next = segment.codesBy(wanted);
    if (next == null || next == segment.codes()) {
      return;
    }
    PendingCodes pending = index.pendingCodes();
    pending.flush();
    for (int block = 0; block < segment.blocks(); block++) {
      segment.addUncoded(block, next, pending); // rows that came meanwhile
    }
    pending.flush();
    RowCodes replaced = segment.publishCodes(next);
    changes.incrementAndGet();
    if (replaced != null) {
      index.retireMemory(replaced::release);
    }
  }

  /** Copies rows from all over the index. */
  private float[][] sample() {
    int reader = index.enter();
    try {
      List<float[]> rows = new ArrayList<>();
      RowSegment[] segments = index.segments();
      long slots = (long) segments.length * index.options().rowsPerSegment();
      Random random = new Random(SEED);
      double share = Math.min(1, 1.25 * SAMPLE_ROWS / slots);
      for (RowSegment segment : segments) {
        for (int block = 0; block < segment.blocks(); block++) {
          for (long left = segment.occupied(block); left != 0; left &= left - 1) {
            if (random.nextDouble() < share) {
              float[] row = new float[index.options().dimension()];
              segment.copyVector(
                  block * RowSegment.ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left), row);
              rows.add(row);
            }
          }
        }
      }
      return rows.toArray(float[][]::new);
    } finally {
      index.readers().leave(reader);
    }
  }

  /**
   * Stops learning and waits for that; any thread. Rows that are being coded are given up at the
   * next block.
   */
  void close() {
    closed = true;
    Thread running = learner;
    if (running == null || running == Thread.currentThread()) {
      return;
    }
    running.interrupt();
    try {
      if (!running.join(VectorIndex.CLOSE_WAIT_MAX)) {
        LOG.log(Level.ERROR, "the thread that makes codes does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for what is being learnt and coded, if anything is; any thread. */
  boolean await(Duration limit) throws InterruptedException {
    Thread running = learner;
    return running == null || running.join(limit);
  }

  /** Returns how often blocks were coded or codes replaced; any thread. */
  long changes() {
    return changes.get();
  }

  /** Returns the codebook by which new rows are coded; null until one was learnt. */
  @Nullable Codebook codebook() {
    return codebook;
  }
}
