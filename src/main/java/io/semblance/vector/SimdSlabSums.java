package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Slab sums with the Vector API. What takes the time is one method a width, with its species as a
 * constant, since C2 compiles a species passed as an argument a hundred times slower; it leaves its
 * sums in an array, which the rest reads with the machine's preferred species.
 *
 * <p>A lane of codes is l + 256h, of the rows l and h. Sums over whole lanes and over h are made;
 * modulo 2¹⁶ the former less 256 times the latter is the sum over l, and for one query no lane has
 * to be masked. A lane must be loaded once for both sums: row h may be written meanwhile.
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
  private static final int BIAS = SlabSums.BIAS;
  private static final int BYTES = CodeLayout.DIMENSION_BYTES;
  private static final int LANES_512 = 512 / Short.SIZE;
  private static final int LANES_256 = 256 / Short.SIZE;
  private static final int LANES_128 = 128 / Short.SIZE;

  /** The first row whose codes are high bytes. */
  private static final int HIGH_ROWS = 32;

  private final int width;

  /**
   * Uses vectors of {@code width} bits.
   *
   * @param width 128, 256 or 512
   */
  SimdSlabSums(int width) {
    this.width = width;
  }

  @Override
  public int lanes() {
    return width / Short.SIZE;
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
    ShortVector high = ShortVector.broadcast(S512, weights[BIAS]);
    ShortVector all = shifted(high).add(high);
    for (int d = 0; d < TAIL; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S512, codes, slab + d * BYTES, LITTLE);
      short weight = weights[d];
      all = all.add(both.mul(weight));
      high = high.add(high(both).mul(weight));
    }
    all.sub(shifted(high)).intoArray(sums, 0);
    high.intoArray(sums, HIGH_ROWS);
    ShortVector tails = ShortVector.fromMemorySegment(S512, codes, slab + TAIL * BYTES, LITTLE);
    short weight = weights[TAIL];
    all = all.add(tails.mul(weight));
    high = high.add(high(tails).mul(weight));
    all.sub(shifted(high)).intoArray(sums, ROWS);
    high.intoArray(sums, ROWS + HIGH_ROWS);
  }

  private static void sums256(MemorySegment codes, long slab, short[] weights, short[] sums) {
    sums256(codes, slab, weights, sums, 0);
    sums256(codes, slab, weights, sums, 16);
  }

  /** A method of its own, since C2 makes less of a loop within a loop. */
  private static void sums256(
      MemorySegment codes, long slab, short[] weights, short[] sums, int row) {
    ShortVector high = ShortVector.broadcast(S256, weights[BIAS]);
    ShortVector all = shifted(high).add(high);
    long at = slab + 2L * row;
    for (int d = 0; d < TAIL; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S256, codes, at + d * BYTES, LITTLE);
      short weight = weights[d];
      all = all.add(both.mul(weight));
      high = high.add(high(both).mul(weight));
    }
    all.sub(shifted(high)).intoArray(sums, row);
    high.intoArray(sums, HIGH_ROWS + row);
    ShortVector tails = ShortVector.fromMemorySegment(S256, codes, at + TAIL * BYTES, LITTLE);
    short weight = weights[TAIL];
    all = all.add(tails.mul(weight));
    high = high.add(high(tails).mul(weight));
    all.sub(shifted(high)).intoArray(sums, ROWS + row);
    high.intoArray(sums, ROWS + HIGH_ROWS + row);
  }

  private static void sums128(MemorySegment codes, long slab, short[] weights, short[] sums) {
    sums128(codes, slab, weights, sums, 0);
    sums128(codes, slab, weights, sums, 8);
    sums128(codes, slab, weights, sums, 16);
    sums128(codes, slab, weights, sums, 24);
  }

  /** A method of its own, since C2 makes less of a loop within a loop. */
  private static void sums128(
      MemorySegment codes, long slab, short[] weights, short[] sums, int row) {
    ShortVector high = ShortVector.broadcast(S128, weights[BIAS]);
    ShortVector all = shifted(high).add(high);
    long at = slab + 2L * row;
    for (int d = 0; d < TAIL; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S128, codes, at + d * BYTES, LITTLE);
      short weight = weights[d];
      all = all.add(both.mul(weight));
      high = high.add(high(both).mul(weight));
    }
    all.sub(shifted(high)).intoArray(sums, row);
    high.intoArray(sums, HIGH_ROWS + row);
    ShortVector tails = ShortVector.fromMemorySegment(S128, codes, at + TAIL * BYTES, LITTLE);
    short weight = weights[TAIL];
    all = all.add(tails.mul(weight));
    high = high.add(high(tails).mul(weight));
    all.sub(shifted(high)).intoArray(sums, ROWS + row);
    high.intoArray(sums, ROWS + HIGH_ROWS + row);
  }

  @Override
  public void reach(
      MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached) {
    switch (width) {
      case 512 -> reach512(codes, slab, weights, needed, reached);
      case 256 -> reach256(codes, slab, weights, needed, reached);
      default -> reach128(codes, slab, weights, needed, reached);
    }
  }

  private static void reach512(
      MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached) {
    short[] biases = weights.biases();
    short[] spread = weights.spread();
    ShortVector low0 = ShortVector.broadcast(S512, biases[0]);
    ShortVector high0 = low0;
    ShortVector low1 = ShortVector.broadcast(S512, biases[1]);
    ShortVector high1 = low1;
    ShortVector low2 = ShortVector.broadcast(S512, biases[2]);
    ShortVector high2 = low2;
    ShortVector low3 = ShortVector.broadcast(S512, biases[3]);
    ShortVector high3 = low3;
    for (int d = 0; d < Codebook.SLAB_BYTES; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S512, codes, slab + d * BYTES, LITTLE);
      ShortVector low = low(both);
      ShortVector high = high(both);
      int first = d * TILE * LANES_512;
      ShortVector weight0 = ShortVector.fromArray(S512, spread, first);
      low0 = low0.add(low.mul(weight0));
      high0 = high0.add(high.mul(weight0));
      ShortVector weight1 = ShortVector.fromArray(S512, spread, first + LANES_512);
      low1 = low1.add(low.mul(weight1));
      high1 = high1.add(high.mul(weight1));
      ShortVector weight2 = ShortVector.fromArray(S512, spread, first + 2 * LANES_512);
      low2 = low2.add(low.mul(weight2));
      high2 = high2.add(high.mul(weight2));
      ShortVector weight3 = ShortVector.fromArray(S512, spread, first + 3 * LANES_512);
      low3 = low3.add(low.mul(weight3));
      high3 = high3.add(high.mul(weight3));
    }
    reached[0] = reached(low0, high0, needed[0]);
    reached[1] = reached(low1, high1, needed[1]);
    reached[2] = reached(low2, high2, needed[2]);
    reached[3] = reached(low3, high3, needed[3]);
  }

  private static void reach256(
      MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached) {
    Arrays.fill(reached, 0);
    reach256(codes, slab, weights, needed, reached, 0);
    reach256(codes, slab, weights, needed, reached, 16);
  }

  private static void reach256(
      MemorySegment codes,
      long slab,
      TileWeights weights,
      short[] needed,
      long[] reached,
      int row) {
    long at = slab + 2L * row;
    short[] biases = weights.biases();
    short[] spread = weights.spread();
    ShortVector low0 = ShortVector.broadcast(S256, biases[0]);
    ShortVector high0 = low0;
    ShortVector low1 = ShortVector.broadcast(S256, biases[1]);
    ShortVector high1 = low1;
    ShortVector low2 = ShortVector.broadcast(S256, biases[2]);
    ShortVector high2 = low2;
    ShortVector low3 = ShortVector.broadcast(S256, biases[3]);
    ShortVector high3 = low3;
    for (int d = 0; d < Codebook.SLAB_BYTES; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S256, codes, at + d * BYTES, LITTLE);
      ShortVector low = low(both);
      ShortVector high = high(both);
      int first = d * TILE * LANES_256;
      ShortVector weight0 = ShortVector.fromArray(S256, spread, first);
      low0 = low0.add(low.mul(weight0));
      high0 = high0.add(high.mul(weight0));
      ShortVector weight1 = ShortVector.fromArray(S256, spread, first + LANES_256);
      low1 = low1.add(low.mul(weight1));
      high1 = high1.add(high.mul(weight1));
      ShortVector weight2 = ShortVector.fromArray(S256, spread, first + 2 * LANES_256);
      low2 = low2.add(low.mul(weight2));
      high2 = high2.add(high.mul(weight2));
      ShortVector weight3 = ShortVector.fromArray(S256, spread, first + 3 * LANES_256);
      low3 = low3.add(low.mul(weight3));
      high3 = high3.add(high.mul(weight3));
    }
    reached[0] |= reached(low0, high0, needed[0]) << row;
    reached[1] |= reached(low1, high1, needed[1]) << row;
    reached[2] |= reached(low2, high2, needed[2]) << row;
    reached[3] |= reached(low3, high3, needed[3]) << row;
  }

  private static void reach128(
      MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached) {
    Arrays.fill(reached, 0);
    reach128(codes, slab, weights, needed, reached, 0);
    reach128(codes, slab, weights, needed, reached, 8);
    reach128(codes, slab, weights, needed, reached, 16);
    reach128(codes, slab, weights, needed, reached, 24);
  }

  private static void reach128(
      MemorySegment codes,
      long slab,
      TileWeights weights,
      short[] needed,
      long[] reached,
      int row) {
    long at = slab + 2L * row;
    short[] biases = weights.biases();
    short[] spread = weights.spread();
    ShortVector low0 = ShortVector.broadcast(S128, biases[0]);
    ShortVector high0 = low0;
    ShortVector low1 = ShortVector.broadcast(S128, biases[1]);
    ShortVector high1 = low1;
    ShortVector low2 = ShortVector.broadcast(S128, biases[2]);
    ShortVector high2 = low2;
    ShortVector low3 = ShortVector.broadcast(S128, biases[3]);
    ShortVector high3 = low3;
    for (int d = 0; d < Codebook.SLAB_BYTES; d++) {
      ShortVector both = ShortVector.fromMemorySegment(S128, codes, at + d * BYTES, LITTLE);
      ShortVector low = low(both);
      ShortVector high = high(both);
      int first = d * TILE * LANES_128;
      ShortVector weight0 = ShortVector.fromArray(S128, spread, first);
      low0 = low0.add(low.mul(weight0));
      high0 = high0.add(high.mul(weight0));
      ShortVector weight1 = ShortVector.fromArray(S128, spread, first + LANES_128);
      low1 = low1.add(low.mul(weight1));
      high1 = high1.add(high.mul(weight1));
      ShortVector weight2 = ShortVector.fromArray(S128, spread, first + 2 * LANES_128);
      low2 = low2.add(low.mul(weight2));
      high2 = high2.add(high.mul(weight2));
      ShortVector weight3 = ShortVector.fromArray(S128, spread, first + 3 * LANES_128);
      low3 = low3.add(low.mul(weight3));
      high3 = high3.add(high.mul(weight3));
    }
    reached[0] |= reached(low0, high0, needed[0]) << row;
    reached[1] |= reached(low1, high1, needed[1]) << row;
    reached[2] |= reached(low2, high2, needed[2]) << row;
    reached[3] |= reached(low3, high3, needed[3]) << row;
  }

  private static long reached(ShortVector low, ShortVector high, short needed) {
    return low.compare(VectorOperators.GE, needed).toLong()
        | high.compare(VectorOperators.GE, needed).toLong() << HIGH_ROWS;
  }

  private static ShortVector low(ShortVector both) {
    return both.and((short) 0xFF);
  }

  private static ShortVector high(ShortVector both) {
    return both.lanewise(VectorOperators.LSHR, 8);
  }

  private static ShortVector shifted(ShortVector sums) {
    return sums.lanewise(VectorOperators.LSHL, 8);
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
  public short largest(short[] sums, long rows) {
    ShortVector smallest = ShortVector.broadcast(SHORTS, Short.MIN_VALUE);
    ShortVector largest = smallest;
    for (int row = 0; row < ROWS; row += SHORTS.length()) {
      ShortVector some = ShortVector.fromArray(SHORTS, sums, ROWS + row);
      largest = largest.max(smallest.blend(some, VectorMask.fromLong(SHORTS, rows >>> row)));
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public long addAndCompare(short[] sums, float scale, float[] totals, float needed) {
    long reached = 0;
    for (int row = 0; row < ROWS; row += SHORTS.length()) {
      ShortVector main = ShortVector.fromArray(SHORTS, sums, row);
      ShortVector full = ShortVector.fromArray(SHORTS, sums, ROWS + row);
      int second = row + FLOATS.length();
      reached |= addAndCompare(first(main), first(full), scale, totals, row, needed);
      reached |= addAndCompare(second(main), second(full), scale, totals, second, needed);
    }
    return reached;
  }

  private static long addAndCompare(
      FloatVector main, FloatVector full, float scale, float[] totals, int row, float needed) {
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    FloatVector total = FloatVector.fromArray(FLOATS, totals, row);
    main.fma(scales, total).intoArray(totals, row);
    return full.fma(scales, total).compare(VectorOperators.GE, needed).toLong() << row;
  }

  /** Methods of their own, since C2 takes a part that is a variable a hundred times slower. */
  private static FloatVector first(ShortVector sums) {
    return (FloatVector) sums.convertShape(VectorOperators.S2F, FLOATS, 0);
  }

  private static FloatVector second(ShortVector sums) {
    return (FloatVector) sums.convertShape(VectorOperators.S2F, FLOATS, 1);
  }

  @Override
  public float partSum(MemorySegment codes, long offset, PartWeights weights) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int lane = 0; lane < PartWeights.LANES; lane += SHORTS.length()) {
      ShortVector both = ShortVector.fromMemorySegment(SHORTS, codes, offset + 2L * lane, LITTLE);
      ShortVector sums =
          low(both)
              .mul(ShortVector.fromArray(SHORTS, weights.low(), lane))
              .add(high(both).mul(ShortVector.fromArray(SHORTS, weights.high(), lane)))
              .add(ShortVector.fromArray(SHORTS, weights.biases(), lane));
      total = first(sums).fma(FloatVector.fromArray(FLOATS, weights.scales(), lane), total);
      int next = lane + FLOATS.length();
      total = second(sums).fma(FloatVector.fromArray(FLOATS, weights.scales(), next), total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }
}
