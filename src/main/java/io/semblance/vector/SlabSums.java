package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Sums over codes, laid out as {@link RowCodes} says: over one slab of a block for its 64 rows at a
 * time, or over one part of a row. All implementations give the same bits but for {@link #partSum}.
 * Stateless and safe for use by any number of threads.
 */
interface SlabSums {
  /** Length of an array of sums: 64 without the tails, then 64 with them, by row. */
  int LENGTH = 2 * RowSegment.ROWS_PER_BLOCK;

  /** Weights of a slab: of the 31 dimensions, of the tail, and at last the bias. */
  int WEIGHTS = Codebook.SLAB_BYTES + 1;

  /** Position of what makes up for the offset of stored codes: −128 times the sum of weights. */
  int BIAS = Codebook.SLAB_BYTES;

  /** Queries of a tile. */
  int TILE = 4;

  /**
   * Sums weight times code over a slab's dimensions, modulo 2¹⁶.
   *
   * @param slab byte offset of the slab in {@code codes}
   * @param weights {@link #WEIGHTS} of them
   * @param sums receives {@link #LENGTH} sums
   */
  void sums(MemorySegment codes, long slab, short[] weights, short[] sums);

  /**
   * Returns for each of {@link #TILE} queries which sums over a slab, with the tail, reach what is
   * needed.
   *
   * @param weights as {@link #tileWeights} has laid them out
   * @param reached receives bit r for row r
   */
  void reach(MemorySegment codes, long slab, TileWeights weights, short[] needed, long[] reached);

  /** Returns in how many lanes {@link #reach} works at a time. */
  int lanes();

  /**
   * The weights of a tile as {@link #reach} reads them.
   *
   * @param spread for each dimension and the tail that of each query, once for every lane: a load
   *     costs less than to spread a weight over lanes
   * @param biases of each query
   */
  record TileWeights(short[] spread, short[] biases) {}

  /**
   * Lays the weights of a tile out.
   *
   * @param weights of each query: {@link #WEIGHTS} of them
   */
  default TileWeights tileWeights(short[][] weights) {
    int lanes = lanes();
    short[] spread = new short[Codebook.SLAB_BYTES * TILE * lanes];
    for (int row = 0; row < Codebook.SLAB_BYTES * TILE; row++) {
      Arrays.fill(spread, row * lanes, (row + 1) * lanes, weights[row % TILE][row / TILE]);
    }
    short[] biases = new short[TILE];
    for (int query = 0; query < TILE; query++) {
      biases[query] = weights[query][BIAS];
    }
    return new TileWeights(spread, biases);
  }

  /** Returns which sums with the tail reach {@code needed}: bit r for row r. */
  long atLeast(short[] sums, short needed);

  /** Returns the largest sum with the tail of some rows; without any, the smallest short. */
  short largest(short[] sums, long rows);

  /**
   * Returns for which rows {@code total + scale * sum with the tail}, by one fused multiply-add,
   * reaches {@code needed}, and adds {@code scale * sum without it} to the totals likewise.
   *
   * @param totals one for each row
   */
  long addAndCompare(short[] sums, float scale, float[] totals, float needed);

  /**
   * Returns the scaled sum over the part of a row at {@code offset}. Its lanes are added up in an
   * order of the implementation's own, by at most {@link PartWeights#ROUNDINGS} roundings.
   */
  float partSum(MemorySegment codes, long offset, PartWeights weights);
}
