package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The sums in plain Java: the twin that every SIMD kernel must agree with. */
final class ScalarSlabSums implements SlabSums {
  private static final int ROWS = RowSegment.ROWS_PER_BLOCK;
  private static final int TAIL = Codebook.SLAB_DIMENSIONS;

  @Override
  public void sums(MemorySegment codes, long slab, short[] weights, short[] sums) {
    byte[] bytes = new byte[CodeLayout.SLAB_BLOCK_BYTES];
    MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, slab, bytes, 0, bytes.length);
    int[] byLane = new int[ROWS];
    Arrays.fill(byLane, weights[BIAS]);
    for (int d = 0; d < TAIL; d++) {
      int weight = weights[d];
      for (int lane = 0; lane < ROWS; lane++) {
        byLane[lane] += weight * Byte.toUnsignedInt(bytes[d * ROWS + lane]);
      }
    }
    for (int lane = 0; lane < ROWS; lane++) {
      int row = lane / 2 + lane % 2 * (ROWS / 2);
      sums[row] = (short) byLane[lane];
      sums[ROWS + row] =
          (short) (byLane[lane] + weights[TAIL] * Byte.toUnsignedInt(bytes[TAIL * ROWS + lane]));
    }
  }

  @Override
  public void reach(
      MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached) {
    short[] sums = new short[LENGTH];
    short[] ofQuery = new short[WEIGHTS];
    for (int query = 0; query < TILE; query++) {
      for (int weight = 0; weight < Codebook.SLAB_BYTES; weight++) {
        ofQuery[weight] = weights.spread()[weight * TILE + query];
      }
      ofQuery[BIAS] = weights.biases()[query];
      sums(codes, slab, ofQuery, sums);
      reached[query] = atLeast(sums, needed[query]);
    }
  }

  @Override
  public int lanes() {
    return 1;
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
  public short largest(short[] sums, long rows) {
    short largest = Short.MIN_VALUE;
    for (long left = rows; left != 0; left &= left - 1) {
      largest = (short) Math.max(largest, sums[ROWS + Long.numberOfTrailingZeros(left)]);
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

  @Override
  public float partSum(MemorySegment codes, long offset, PartWeights weights) {
    float total = 0;
    for (int lane = 0; lane < PartWeights.LANES; lane++) {
      long at = offset + 2L * lane;
      int low = Byte.toUnsignedInt(codes.get(ValueLayout.JAVA_BYTE, at));
      int high = Byte.toUnsignedInt(codes.get(ValueLayout.JAVA_BYTE, at + 1));
      int sum = weights.low()[lane] * low + weights.high()[lane] * high + weights.biases()[lane];
      total = Math.fma((short) sum, weights.scales()[lane], total);
    }
    return total;
  }
}
