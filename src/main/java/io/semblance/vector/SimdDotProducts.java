package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The canonical inner product with the Vector API.
 *
 * <p>One method per width, each with its species as a constant: C2 compiles a species held in a
 * field ten times slower, and {@code reduceLanes} may sum in any order, so the tree is spelt out
 * with lane-wise additions and rearrangements. The loops run from 0 and add the row's offset
 * inside, one row at a time, because C2 compiles a variable start, and memory serves several
 * streams, at half the speed.
 */
final class SimdDotProducts implements DotProducts {
  private static final VectorSpecies<Float> S128 = FloatVector.SPECIES_128;
  private static final VectorSpecies<Float> S256 = FloatVector.SPECIES_256;
  private static final VectorSpecies<Float> S512 = FloatVector.SPECIES_512;

  private static final VectorShuffle<Float> SWAP_2_OF_4 =
      VectorShuffle.fromValues(S128, 2, 3, 0, 1);
  private static final VectorShuffle<Float> SWAP_1_OF_4 =
      VectorShuffle.fromValues(S128, 1, 0, 3, 2);
  private static final VectorShuffle<Float> SWAP_4_OF_8 = swap(S256, 4);
  private static final VectorShuffle<Float> SWAP_2_OF_8 = swap(S256, 2);
  private static final VectorShuffle<Float> SWAP_1_OF_8 = swap(S256, 1);
  private static final VectorShuffle<Float> SWAP_8_OF_16 = swap(S512, 8);
  private static final VectorShuffle<Float> SWAP_4_OF_16 = swap(S512, 4);
  private static final VectorShuffle<Float> SWAP_2_OF_16 = swap(S512, 2);
  private static final VectorShuffle<Float> SWAP_1_OF_16 = swap(S512, 1);

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  private final int width;

  /**
   * Uses vectors of {@code width} bits.
   *
   * @param width 128, 256 or 512
   */
  SimdDotProducts(int width) {
    this.width = width;
  }

  /** Returns the width in bits that suits this machine: 128, 256 or 512. */
  static int preferredWidth() {
    return Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512);
  }

  private static VectorShuffle<Float> swap(VectorSpecies<Float> species, int distance) {
    return VectorShuffle.fromOp(species, lane -> lane ^ distance);
  }

  @Override
  public void scoreRows(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores) {
    switch (width) {
      case 512 -> scoreRows512(query, rows, blockOffset, stride, mask, scores);
      case 256 -> scoreRows256(query, rows, blockOffset, stride, mask, scores);
      default -> scoreRows128(query, rows, blockOffset, stride, mask, scores);
    }
  }

  private static void scoreRows512(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores) {
    for (long left = mask; left != 0; left &= left - 1) {
      int index = Long.numberOfTrailingZeros(left);
      long row = blockOffset + (long) index * stride * Float.BYTES;
      FloatVector a0 = FloatVector.zero(S512);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int i = 0; i < stride; i += LANES) {
        long at = row + ((long) i << 2);
        a0 = load512(rows, at).fma(FloatVector.fromArray(S512, query, i), a0);
        a1 = load512(rows, at + 64).fma(FloatVector.fromArray(S512, query, i + 16), a1);
        a2 = load512(rows, at + 128).fma(FloatVector.fromArray(S512, query, i + 32), a2);
        a3 = load512(rows, at + 192).fma(FloatVector.fromArray(S512, query, i + 48), a3);
      }
      FloatVector sum = a0.add(a1).add(a2.add(a3));
      sum = sum.add(sum.rearrange(SWAP_8_OF_16));
      sum = sum.add(sum.rearrange(SWAP_4_OF_16));
      sum = sum.add(sum.rearrange(SWAP_2_OF_16));
      scores[index] = sum.add(sum.rearrange(SWAP_1_OF_16)).lane(0);
    }
  }

  /** Four queries, or else one after the other; narrower vectors are too few for more than one. */
  @Override
  public void scoreRowsOfTile(
      float[][] queries,
      MemorySegment rows,
      long blockOffset,
      int stride,
      long mask,
      float[][] scores) {
    if (width == 512 && queries.length == 4) {
      for (long left = mask; left != 0; left &= left - 1) {
        int index = Long.numberOfTrailingZeros(left);
        long row = blockOffset + (long) index * stride * Float.BYTES;
        scoreRow512(queries, rows, row, stride, index, scores);
      }
    } else {
      DotProducts.super.scoreRowsOfTile(queries, rows, blockOffset, stride, mask, scores);
    }
  }

  /** Scores one row against four queries: each of its vectors is loaded once. */
  private static void scoreRow512(
      float[][] queries, MemorySegment rows, long row, int stride, int index, float[][] scores) {
    float[] query0 = queries[0];
    float[] query1 = queries[1];
    float[] query2 = queries[2];
    float[] query3 = queries[3];
    FloatVector q0a0 = FloatVector.zero(S512);
    FloatVector q0a1 = q0a0;
    FloatVector q0a2 = q0a0;
    FloatVector q0a3 = q0a0;
    FloatVector q1a0 = q0a0;
    FloatVector q1a1 = q0a0;
    FloatVector q1a2 = q0a0;
    FloatVector q1a3 = q0a0;
    FloatVector q2a0 = q0a0;
    FloatVector q2a1 = q0a0;
    FloatVector q2a2 = q0a0;
    FloatVector q2a3 = q0a0;
    FloatVector q3a0 = q0a0;
    FloatVector q3a1 = q0a0;
    FloatVector q3a2 = q0a0;
    FloatVector q3a3 = q0a0;
    for (int i = 0; i < stride; i += LANES) {
      long at = row + ((long) i << 2);
      FloatVector x0 = load512(rows, at);
      q0a0 = x0.fma(FloatVector.fromArray(S512, query0, i), q0a0);
      q1a0 = x0.fma(FloatVector.fromArray(S512, query1, i), q1a0);
      q2a0 = x0.fma(FloatVector.fromArray(S512, query2, i), q2a0);
      q3a0 = x0.fma(FloatVector.fromArray(S512, query3, i), q3a0);
      FloatVector x1 = load512(rows, at + 64);
      q0a1 = x1.fma(FloatVector.fromArray(S512, query0, i + 16), q0a1);
      q1a1 = x1.fma(FloatVector.fromArray(S512, query1, i + 16), q1a1);
      q2a1 = x1.fma(FloatVector.fromArray(S512, query2, i + 16), q2a1);
      q3a1 = x1.fma(FloatVector.fromArray(S512, query3, i + 16), q3a1);
      FloatVector x2 = load512(rows, at + 128);
      q0a2 = x2.fma(FloatVector.fromArray(S512, query0, i + 32), q0a2);
      q1a2 = x2.fma(FloatVector.fromArray(S512, query1, i + 32), q1a2);
      q2a2 = x2.fma(FloatVector.fromArray(S512, query2, i + 32), q2a2);
      q3a2 = x2.fma(FloatVector.fromArray(S512, query3, i + 32), q3a2);
      FloatVector x3 = load512(rows, at + 192);
      q0a3 = x3.fma(FloatVector.fromArray(S512, query0, i + 48), q0a3);
      q1a3 = x3.fma(FloatVector.fromArray(S512, query1, i + 48), q1a3);
      q2a3 = x3.fma(FloatVector.fromArray(S512, query2, i + 48), q2a3);
      q3a3 = x3.fma(FloatVector.fromArray(S512, query3, i + 48), q3a3);
    }
    scores[0][index] = sum512(q0a0.add(q0a1).add(q0a2.add(q0a3)));
    scores[1][index] = sum512(q1a0.add(q1a1).add(q1a2.add(q1a3)));
    scores[2][index] = sum512(q2a0.add(q2a1).add(q2a2.add(q2a3)));
    scores[3][index] = sum512(q3a0.add(q3a1).add(q3a2.add(q3a3)));
  }

  private static float sum512(FloatVector sum) {
    FloatVector halves = sum.add(sum.rearrange(SWAP_8_OF_16));
    halves = halves.add(halves.rearrange(SWAP_4_OF_16));
    halves = halves.add(halves.rearrange(SWAP_2_OF_16));
    return halves.add(halves.rearrange(SWAP_1_OF_16)).lane(0);
  }

  /** Accumulator {@code j} of the canonical order is {@code (a[2j], a[2j + 1])}. */
  private static void scoreRows256(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores) {
    for (long left = mask; left != 0; left &= left - 1) {
      int index = Long.numberOfTrailingZeros(left);
      long row = blockOffset + (long) index * stride * Float.BYTES;
      FloatVector a0 = FloatVector.zero(S256);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      FloatVector a4 = a0;
      FloatVector a5 = a0;
      FloatVector a6 = a0;
      FloatVector a7 = a0;
      for (int i = 0; i < stride; i += LANES) {
        long at = row + ((long) i << 2);
        a0 = load256(rows, at).fma(FloatVector.fromArray(S256, query, i), a0);
        a1 = load256(rows, at + 32).fma(FloatVector.fromArray(S256, query, i + 8), a1);
        a2 = load256(rows, at + 64).fma(FloatVector.fromArray(S256, query, i + 16), a2);
        a3 = load256(rows, at + 96).fma(FloatVector.fromArray(S256, query, i + 24), a3);
        a4 = load256(rows, at + 128).fma(FloatVector.fromArray(S256, query, i + 32), a4);
        a5 = load256(rows, at + 160).fma(FloatVector.fromArray(S256, query, i + 40), a5);
        a6 = load256(rows, at + 192).fma(FloatVector.fromArray(S256, query, i + 48), a6);
        a7 = load256(rows, at + 224).fma(FloatVector.fromArray(S256, query, i + 56), a7);
      }
      FloatVector low = a0.add(a2).add(a4.add(a6));
      FloatVector high = a1.add(a3).add(a5.add(a7));
      FloatVector sum = low.add(high);
      sum = sum.add(sum.rearrange(SWAP_4_OF_8));
      sum = sum.add(sum.rearrange(SWAP_2_OF_8));
      scores[index] = sum.add(sum.rearrange(SWAP_1_OF_8)).lane(0);
    }
  }

  /** Quarter {@code q} of every accumulator is summed on its own: four passes, four registers. */
  private static void scoreRows128(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores) {
    for (long left = mask; left != 0; left &= left - 1) {
      int index = Long.numberOfTrailingZeros(left);
      long row = blockOffset + (long) index * stride * Float.BYTES;
      FloatVector q0 = quarter128(query, 0, rows, row, stride);
      FloatVector q1 = quarter128(query, 4, rows, row, stride);
      FloatVector q2 = quarter128(query, 8, rows, row, stride);
      FloatVector q3 = quarter128(query, 12, rows, row, stride);
      FloatVector sum = q0.add(q2).add(q1.add(q3));
      sum = sum.add(sum.rearrange(SWAP_2_OF_4));
      scores[index] = sum.add(sum.rearrange(SWAP_1_OF_4)).lane(0);
    }
  }

  private static FloatVector quarter128(
      float[] query, int first, MemorySegment rows, long row, int stride) {
    FloatVector a0 = FloatVector.zero(S128);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (int i = 0; i < stride; i += LANES) {
      int from = i + first;
      long at = row + ((long) from << 2);
      a0 = load128(rows, at).fma(FloatVector.fromArray(S128, query, from), a0);
      a1 = load128(rows, at + 64).fma(FloatVector.fromArray(S128, query, from + 16), a1);
      a2 = load128(rows, at + 128).fma(FloatVector.fromArray(S128, query, from + 32), a2);
      a3 = load128(rows, at + 192).fma(FloatVector.fromArray(S128, query, from + 48), a3);
    }
    return a0.add(a1).add(a2.add(a3));
  }

  private static FloatVector load128(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(S128, rows, at, LITTLE);
  }

  private static FloatVector load256(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(S256, rows, at, LITTLE);
  }

  private static FloatVector load512(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(S512, rows, at, LITTLE);
  }

  @Override
  public String name() {
    return "simd-" + width;
  }
}
