package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The sums in plain Java: the twin that every SIMD kernel must agree with. */
final class ScalarSlabSums implements SlabSums {
  private static final int ROWS = RowSegment.ROWS_PER_BLOCK;
  private static final int TAIL = Codebook.SLAB_DIMENSIONS;

  @Override
  public void sums(MemorySegment codes, long slab, short[] weights, short[] sums) {
    byte[] bytes = new byte[RowCodes.SLAB_BLOCK_BYTES];
    MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, slab, bytes, 0, bytes.length);
    int[] byLane = new int[ROWS];
    for (int d = 0; d < TAIL; d++) {
      int weight = weights[d];
      for (int lane = 0; lane < ROWS; lane++) {
        byLane[lane] += weight * bytes[d * ROWS + lane];
      }
    }
    for (int lane = 0; lane < ROWS; lane++) {
      int row = lane / 2 + lane % 2 * (ROWS / 2);
      sums[row] = (short) byLane[lane];
      sums[ROWS + row] = (short) (byLane[lane] + weights[TAIL] * bytes[TAIL * ROWS + lane]);
    }
  }

  @Override
  public long atLeast(short[] sums, short needed) {
    long reached = 0;
    for (int row = 0; row < ROWS; row++) {
      if (sums[ROWS + row] >= needed) {
        reached |= 1L << row;
      }
    }
    return reached;
  }

  @Override
  public short largest(short[] sums) {
    short largest = Short.MIN_VALUE;
    for (int row = 0; row < ROWS; row++) {
      largest = (short) Math.max(largest, sums[ROWS + row]);
    }
    return largest;
  }

  @Override
  public long addAndCompare(short[] sums, float scale, float[] totals, float needed) {
    long reached = 0;
    for (int row = 0; row < ROWS; row++) {
      if (Math.fma(sums[ROWS + row], scale, totals[row]) >= needed) {
        reached |= 1L << row;
      }
      totals[row] = Math.fma(sums[row], scale, totals[row]);
    }
    return reached;
  }
}
