package io.semblance.vector;

import java.util.Arrays;

/**
 * Passes over rows of a block that cannot reach a score, by their codes. What is left goes to one
 * of a probe's lists: few rows early on to those whose prefix rows decide, the others to those that
 * must be scored. Scratch space: for one thread.
 */
final class CodePruning {
  /** With so few rows left a look at each prefix row costs less than another slab. */
  private static final int FEW_PREFIXES = 6;

  /** With so few rows left their scores cost less than another slab. */
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
    if (Long.bitCount(rows) > FEW_PREFIXES) {
      kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    }
    sift(probe, code, codes, block, score, rows);
  }

  private void sift(
      Probe probe, ProbeCode code, RowCodes codes, int block, float score, long rows) {
    counts.addPastFirstSlab(Long.bitCount(rows));
    int prefixSlabs = code.prefix().slabs();
    int slabs = codes.codebook().slabs();
    long left = rows;
    if (Long.bitCount(left) > FEW_PREFIXES) {
      ProbeCode.Depth depth = code.depth(codes, block);
      Arrays.fill(totals, 0);
      for (int slab = 0; slab < slabs && code.covers(codes, block, slab); slab++) {
        if (slab > 0) {
          kernel.sums(codes.codes(), codes.slabOffset(block, slab), code.weights(slab), sums);
        }
        left &= kernel.addAndCompare(sums, code.scale(slab), totals, depth.next(score));
        if (Long.bitCount(left) <= (slab + 1 < prefixSlabs ? FEW_PREFIXES : FEW_ROWS)) {
          (slab + 1 < prefixSlabs ? probe.toCheck() : probe.toScore()).add(block, left);
          return;
        }
      }
      probe.toScore().add(block, left);
    } else {
      (prefixSlabs > 1 ? probe.toCheck() : probe.toScore()).add(block, left);
    }
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
