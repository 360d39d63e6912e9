package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Slab sums with the Vector API. What takes the time is one method a width, with its species as a
 * constant, since C2 compiles a species passed as an argument a hundred times slower; it leaves its
 * sums in an array, which the rest reads with the machine's preferred species.
 */
final class SimdSlabSums implements SlabSums {
  private static final VectorSpecies<Short> S512 = ShortVector.SPECIES_512;
  private static final VectorSpecies<Short> S256 = ShortVector.SPECIES_256;
  private static final VectorSpecies<Short> S128 = ShortVector.SPECIES_128;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final int ROWS = RowSegment.ROWS_PER_BLOCK;
  private static final int TAIL = Codebook.SLAB_DIMENSIONS;
  private static final int BYTES = RowCodes.DIMENSION_BYTES;

  /** The first row whose codes are high bytes. */
  private static final int HIGH_ROWS = 32;

  private final int width;

  /**
   * Uses vectors of {@code width} bits.
   *
   * @param width 128, 256 or 512
   */
  SimdSlabSums(int width) {
    if (width != 128 && width != 256 && width != 512) {
      throw new IllegalArgumentException("vector width must be 128, 256 or 512, but is " + width);
    }
    this.width = width;
  }

  @Override
  public void sums(MemorySegment codes, long slab, short[] weights, short[] sums) {
    switch (width) {
      case 512 -> sums512(codes, slab, weights, sums);
      case 256 -> sums256(codes, slab, weights, sums);
      default -> sums128(codes, slab, weights, sums);
    }
  }

  private static void sums512(MemorySegment codes, long slab, short[] weights, short[] sums) {
    ShortVector low = ShortVector.zero(S512);
    ShortVector high = low;
    for (int d = 0; d < TAIL; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S512, codes, slab + d * BYTES, LITTLE);
      short weight = weights[d];
      low = low.add(low(both).mul(weight));
      high = high.add(high(both).mul(weight));
    }
    low.intoArray(sums, 0);
    high.intoArray(sums, HIGH_ROWS);
    ShortVector tails = ShortVector.fromMemorySegment(S512, codes, slab + TAIL * BYTES, LITTLE);
    short weight = weights[TAIL];
    low.add(low(tails).mul(weight)).intoArray(sums, ROWS);
    high.add(high(tails).mul(weight)).intoArray(sums, ROWS + HIGH_ROWS);
  }

  private static void sums256(MemorySegment codes, long slab, short[] weights, short[] sums) {
    for (int row = 0; row < HIGH_ROWS; row += 16) {
      ShortVector low = ShortVector.zero(S256);
      ShortVector high = low;
      long at = slab + 2L * row;
      for (int d = 0; d < TAIL; d++) {
        ShortVector both = ShortVector.fromMemorySegment(S256, codes, at + d * BYTES, LITTLE);
        short weight = weights[d];
        low = low.add(low(both).mul(weight));
        high = high.add(high(both).mul(weight));
      }
      low.intoArray(sums, row);
      high.intoArray(sums, HIGH_ROWS + row);
      ShortVector tails = ShortVector.fromMemorySegment(S256, codes, at + TAIL * BYTES, LITTLE);
      short weight = weights[TAIL];
      low.add(low(tails).mul(weight)).intoArray(sums, ROWS + row);
      high.add(high(tails).mul(weight)).intoArray(sums, ROWS + HIGH_ROWS + row);
    }
  }

  private static void sums128(MemorySegment codes, long slab, short[] weights, short[] sums) {
    for (int row = 0; row < HIGH_ROWS; row += 8) {
      ShortVector low = ShortVector.zero(S128);
      ShortVector high = low;
      long at = slab + 2L * row;
      for (int d = 0; d < TAIL; d++) {
        ShortVector both = ShortVector.fromMemorySegment(S128, codes, at + d * BYTES, LITTLE);
        short weight = weights[d];
        low = low.add(low(both).mul(weight));
        high = high.add(high(both).mul(weight));
      }
      low.intoArray(sums, row);
      high.intoArray(sums, HIGH_ROWS + row);
      ShortVector tails = ShortVector.fromMemorySegment(S128, codes, at + TAIL * BYTES, LITTLE);
      short weight = weights[TAIL];
      low.add(low(tails).mul(weight)).intoArray(sums, ROWS + row);
      high.add(high(tails).mul(weight)).intoArray(sums, ROWS + HIGH_ROWS + row);
    }
  }

  private static ShortVector low(ShortVector both) {
    return both.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
  }

  private static ShortVector high(ShortVector both) {
    return both.lanewise(VectorOperators.ASHR, 8);
  }

  @Override
  public long atLeast(short[] sums, short needed) {
    long reached = 0;
    for (int row = 0; row < ROWS; row += SHORTS.length()) {
      long bits =
          ShortVector.fromArray(SHORTS, sums, ROWS + row)
              .compare(VectorOperators.GE, needed)
              .toLong();
      reached |= bits << row;
    }
    return reached;
  }

  @Override
  public short largest(short[] sums) {
    ShortVector largest = ShortVector.fromArray(SHORTS, sums, ROWS);
    for (int row = SHORTS.length(); row < ROWS; row += SHORTS.length()) {
      largest = largest.max(ShortVector.fromArray(SHORTS, sums, ROWS + row));
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public long addAndCompare(short[] sums, float scale, float[] totals, float needed) {
    long reached = 0;
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    for (int row = 0; row < ROWS; row += SHORTS.length()) {
      ShortVector main = ShortVector.fromArray(SHORTS, sums, row);
      ShortVector full = ShortVector.fromArray(SHORTS, sums, ROWS + row);
      for (int part = 0; part < 2; part++) {
        int at = row + part * FLOATS.length();
        FloatVector total = FloatVector.fromArray(FLOATS, totals, at);
        long bits =
            ((FloatVector) full.convertShape(VectorOperators.S2F, FLOATS, part))
                .fma(scales, total)
                .compare(VectorOperators.GE, needed)
                .toLong();
        reached |= bits << at;
        ((FloatVector) main.convertShape(VectorOperators.S2F, FLOATS, part))
            .fma(scales, total)
            .intoArray(totals, at);
      }
    }
    return reached;
  }
}
