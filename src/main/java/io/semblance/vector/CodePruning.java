package io.semblance.vector;

import java.util.Arrays;

/**
 * Passes over rows of a block that cannot reach a score, by their first slabs. What is left goes to
 * one of a probe's lists: those whose parts decide, or where there are no further parts those that
 * must be scored. Scratch space: for one thread.
 */
final class CodePruning {
  /** With so few rows left a look at each one's first part costs less than another slab. */
  private static final int FEW_PARTS = 6;

  /** With so few rows left after the first part's slabs, their scores cost less than another. */
  private static final int FEW_ROWS = 2;

  private final SlabSums kernel;
  private final SearchCounts counts;
  private final short[] sums = new short[SlabSums.LENGTH];
  private final float[] totals = new float[RowSegment.ROWS_PER_BLOCK];

  CodePruning(SlabSums kernel, SearchCounts counts) {
    this.kernel = kernel;
    this.counts = counts;
  }

  /**
   * Looks at the first slab and, where more than a few rows are left, at further ones.
   *
   * @param score that is needed
   * @param rows bit r for row r of the block; all of them coded
   */
  void prune(Probe probe, ProbeCode code, RowCodes codes, int block, float score, long rows) {
    int needed = code.needed(codes, block, score);
    if (needed > Short.MAX_VALUE || rows == 0) {
      return;
    }
    kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    long left = rows;
    if (needed > Short.MIN_VALUE) {
      left &= kernel.atLeast(sums, (short) needed);
    }
    sift(probe, code, codes, block, score, left);
  }

  /** As above, where the first slab has left {@code rows}. */
  void pruneFurther(
      Probe probe, ProbeCode code, RowCodes codes, int block, float score, long rows) {
    if (Long.bitCount(rows) > FEW_PARTS) {
      kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    }
    sift(probe, code, codes, block, score, rows);
  }

  private void sift(
      Probe probe, ProbeCode code, RowCodes codes, int block, float score, long rows) {
    counts.addPastFirstSlab(Long.bitCount(rows));
    int slabs = codes.layout().slabsByDimension();
    long left = rows;
    if (Long.bitCount(left) > FEW_PARTS) {
      ProbeCode.Depth depth = code.depth(codes, block);
      Arrays.fill(totals, 0);
      for (int slab = 0; slab < slabs && code.covers(codes, block, slab); slab++) {
        if (slab > 0) {
          kernel.sums(codes.codes(), codes.slabOffset(block, slab), code.weights(slab), sums);
        }
        left &= kernel.addAndCompare(sums, code.scale(slab), totals, depth.next(score));
        if (slab == slabs - 1) {
          (code.parts() > 1 ? probe.toCheck(1) : probe.toScore()).add(block, left, totals);
          return;
        }
        boolean isPartOver = slab + 1 >= CodeLayout.PART_SLABS;
        if (isPartOver && Long.bitCount(left) <= FEW_ROWS) {
          probe.toScore().add(block, left);
          return;
        }
        if (!isPartOver && Long.bitCount(left) <= FEW_PARTS) {
          break;
        }
      }
    }
    probe.toCheck(0).add(block, left);
  }

  /**
   * Returns an upper bound of the scores of some rows of a block.
   *
   * @param rows all of them coded
   * @see #bestRow
   */
  float bound(ProbeCode code, RowCodes codes, int block, long rows) {
    kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    return code.bound(codes, block, kernel.largest(sums, rows));
  }

  /** Returns the row whose bound the last call of {@link #bound} returned. */
  int bestRow(long rows) {
    return Long.numberOfTrailingZeros(rows & kernel.atLeast(sums, kernel.largest(sums, rows)));
  }
}
