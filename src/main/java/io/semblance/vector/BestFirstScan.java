package io.semblance.vector;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the best rows of all for one request, whatever their scores. For one thread, used once.
 *
 * <p>The first slab bounds every block. The most promising row of each of the most promising blocks
 * is scored, so that a score is known which as many rows reach as are wanted; then the blocks that
 * promise most are looked at, and at last, in the order of memory, those that still promise enough.
 */
final class BestFirstScan {
  private static final int ROWS_PER_BLOCK = RowSegment.ROWS_PER_BLOCK;

  /** Blocks that are looked at before all others, and rows that are scored first. */
  private static final int FIRST_BLOCKS = 128;

  private final VectorIndex index;
  private final RowSegment[] segments;
  private final RowFilters filters;
  private final CodePruning pruning;
  private final RowScorer scorer;
  private final int blocksPerSegment;
  private final @Nullable RowCodes[] codes;
  private final ScannedBlock scanned = new ScannedBlock();
  private final float[] bounds;

  /** Rows of each block that are to be judged by their codes; the others are scored at once. */
  private final long[] rows;

  /** The row of each block that its bound is of. */
  private final byte[] bestRows;

  BestFirstScan(
      VectorIndex index,
      RowSegment[] segments,
      RowFilters filters,
      CodePruning pruning,
      RowScorer scorer) {
    this.index = index;
    this.segments = segments;
    this.filters = filters;
    this.pruning = pruning;
    this.scorer = scorer;
    this.blocksPerSegment = index.options().rowsPerSegment() / ROWS_PER_BLOCK;
    this.codes = new RowCodes[segments.length];
    int blocks = Math.multiplyExact(segments.length, blocksPerSegment);
    this.bounds = new float[blocks];
    this.rows = new long[blocks];
    this.bestRows = new byte[blocks];
  }

  void scan(Probe probe) {
    for (int s = 0; s < segments.length; s++) {
      bound(probe, s);
    }
    int wanted = probe.hits().limit();
    raiseBar(probe, BestBlocks.of(bounds, Math.max(FIRST_BLOCKS, 2 * wanted)));
    for (int position : BestBlocks.of(bounds, FIRST_BLOCKS)) {
      look(probe, position);
      bounds[position] = Float.NEGATIVE_INFINITY;
      settle(probe, position / blocksPerSegment);
    }
    for (int s = 0; s < segments.length; s++) {
      for (int block = 0; block < blocksPerSegment; block++) {
        int position = s * blocksPerSegment + block;
        if (bounds[position] > Float.NEGATIVE_INFINITY && bounds[position] >= probe.bar()) {
          look(probe, position);
          if (probe.isFull()) {
            settle(probe, s);
          }
        }
      }
      settle(probe, s);
    }
  }

  /** Bounds the blocks of a segment, and scores its rows that have no code. */
  private void bound(Probe probe, int s) {
    RowSegment segment = segments[s];
    RowCodes present = segment.codes();
    codes[s] = present;
    ProbeCode code = present == null ? null : codeOf(probe, present);
    for (int block = 0; block < blocksPerSegment; block++) {
      int position = s * blocksPerSegment + block;
      bounds[position] = Float.NEGATIVE_INFINITY;
      scanned.enter(segment, present, block);
      long eligible = scanned.live() == 0 ? 0 : filters.eligible(probe, segment, scanned);
      scorer.counts().addSearched(Long.bitCount(eligible));
      if (present != null
          && code != null
          && code.isUsable()
          && code.covers(present, block, 0)
          && (eligible & scanned.coded()) != 0) {
        long judged = eligible & scanned.coded();
        bounds[position] = pruning.bound(code, present, block, judged);
        bestRows[position] = (byte) pruning.bestRow(judged);
        rows[position] = judged;
        eligible &= ~judged;
      }
      if (eligible != 0) {
        scorer.score(probe, segment, block, eligible);
      }
    }
  }

  /** Scores the best rows of some blocks, to know a score that as many reach as are wanted. */
  private void raiseBar(Probe probe, int[] positions) {
    float[] scores = new float[positions.length];
    int count = 0;
    for (int position : positions) {
      int slot = position % blocksPerSegment * ROWS_PER_BLOCK + bestRows[position];
      float score = scorer.scoreOf(probe, segments[position / blocksPerSegment], slot);
      if (!Float.isNaN(score)) {
        scores[count++] = score;
      }
    }
    int wanted = probe.hits().limit();
    if (count > wanted) {
      Arrays.sort(scores, 0, count);
      probe.raiseBar(scores[count - wanted]);
      probe.hits().setTruncated();
    }
  }

  private void look(Probe probe, int position) {
    int s = position / blocksPerSegment;
    RowCodes present = codes[s];
    if (present != null) {
      pruning.prune(
          probe,
          codeOf(probe, present),
          present,
          position % blocksPerSegment,
          probe.bar(),
          rows[position]);
    }
  }

  private ProbeCode codeOf(Probe probe, RowCodes by) {
    return ProbeCode.of(probe, by.codebook(), index.kernels().projector());
  }

  private void settle(Probe probe, int s) {
    scorer.settle(probe, segments[s], codes[s]);
  }
}
