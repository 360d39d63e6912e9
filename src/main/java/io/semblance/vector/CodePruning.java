package io.semblance.vector;

import java.util.Arrays;

/**
 * Passes over rows of a block that cannot reach a score, by their codes. Scratch space: for one
 * thread.
 */
final class CodePruning {
  /** With so few rows left their scores cost less than another slab. */
  private static final int FEW_ROWS = 2;

  private final SlabSums kernel;
  private final short[] sums = new short[SlabSums.LENGTH];
  private final float[] totals = new float[RowSegment.ROWS_PER_BLOCK];

  CodePruning(SlabSums kernel) {
    this.kernel = kernel;
  }

  /**
   * Returns those of {@code rows} that may reach {@code score}, every one that does among them.
   *
   * @param rows bit r for row r of the block
   */
  long prune(ProbeCode code, RowCodes codes, int block, float score, long rows) {
    int needed = code.needed(codes, block, score);
    if (needed > Short.MAX_VALUE) {
      return 0;
    }
    kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    long left = rows;
    if (needed > Short.MIN_VALUE) {
      left &= kernel.atLeast(sums, (short) needed);
    }
    return Long.bitCount(left) <= FEW_ROWS ? left : deepen(code, codes, block, score, left);
  }

  private long deepen(ProbeCode code, RowCodes codes, int block, float score, long rows) {
    ProbeCode.Depth depth = code.depth(codes, block);
    Arrays.fill(totals, 0);
    int slabs = codes.codebook().slabs();
    long left = rows;
    for (int slab = 0; slab < slabs; slab++) {
      if (slab > 0) {
        kernel.sums(codes.codes(), codes.slabOffset(block, slab), code.weights(slab), sums);
      }
      left &= kernel.addAndCompare(sums, code.scale(slab), totals, depth.next(score));
      if (Long.bitCount(left) <= FEW_ROWS) {
        return left;
      }
    }
    return left;
  }

  /** Returns an upper bound of the scores of a block's rows. */
  float bound(ProbeCode code, RowCodes codes, int block) {
    kernel.sums(codes.codes(), codes.slabOffset(block, 0), code.weights(0), sums);
    return code.bound(codes, block, kernel.largest(sums));
  }
}
