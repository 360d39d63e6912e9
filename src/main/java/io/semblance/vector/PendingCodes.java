package io.semblance.vector;

import org.jspecify.annotations.Nullable;

/**
 * Rows that wait for their codes, since to project {@link Projector#VECTORS} rows together takes
 * little longer than to project one. Until then searches score them, as all rows without a code.
 * For the thread that holds the index's lock on rows.
 */
final class PendingCodes {
  /** Rows that the mean loss is of, about. */
  private static final int LOSS_ROWS = 10_000;

  private final Projector projector;
  private final @Nullable RowSegment[] segments = new RowSegment[Projector.VECTORS];
  private final @Nullable RowCodes[] targets = new RowCodes[Projector.VECTORS];
  private final int[] slots = new int[Projector.VECTORS];
  private final float[][] vectors;
  private int count;
  private @Nullable Tools tools;
  private long rowsCoded;
  private double meanLoss;

  /** What codes rows by one codebook. */
  private record Tools(Codebook codebook, Projection projection, RowCoder coder) {}

  PendingCodes(int dimension, Projector projector) {
    this.projector = projector;
    this.vectors = new float[Projector.VECTORS][dimension];
  }

  /** Takes a row that was written to a slot; codes all that wait once they are enough. */
  void add(RowSegment segment, int slot, RowCodes target) {
    Tools present = tools;
    if (present == null || present.codebook() != target.codebook()) {
      flush();
      rowsCoded = 0;
      meanLoss = 0;
      tools =
          new Tools(
              target.codebook(),
              new Projection(target.codebook(), projector),
              new RowCoder(target.codebook()));
    }
    segments[count] = segment;
    targets[count] = target;
    slots[count] = slot;
    segment.copyVector(slot, vectors[count]);
    if (++count == vectors.length) {
      flush();
    }
  }

  /** Codes all that wait. To be called before slots are wiped, and before codes are released. */
  void flush() {
    Tools present = tools;
    if (count == 0 || present == null) {
      return;
    }
    present.projection().of(vectors, count);
    for (int v = 0; v < count; v++) {
      RowSegment segment = segments[v];
      RowCodes target = targets[v];
      if (segment != null && target != null && !target.isCoded(slots[v])) {
        present.coder().code(present.projection(), v);
        segment.store(slots[v], target, present.coder());
        rowsCoded++;
        double loss = present.coder().loss(present.projection(), v);
        meanLoss += (loss - meanLoss) / Math.min(rowsCoded, LOSS_ROWS);
      }
      segments[v] = null;
      targets[v] = null;
    }
    count = 0;
  }

  /** Returns how many rows were coded by the present codebook. */
  long rowsCoded() {
    return rowsCoded;
  }

  /** Returns the mean {@link RowCoder#loss} of the last {@value #LOSS_ROWS} of them or so. */
  double meanLoss() {
    return meanLoss;
  }
}
