package io.semblance.vector;

import java.lang.foreign.MemorySegment;

/**
 * Sums over one slab of a block's codes, laid out as {@link RowCodes} says, for its 64 rows at a
 * time. All implementations give the same bits. Stateless and safe for use by any number of
 * threads.
 */
interface SlabSums {
  /** Length of an array of sums: 64 without the tails, then 64 with them, by row. */
  int LENGTH = 2 * RowSegment.ROWS_PER_BLOCK;

  /**
   * Sums weight times code over a slab's dimensions, modulo 2¹⁶.
   *
   * @param slab byte offset of the slab in {@code codes}
   * @param weights of the 31 dimensions and of the tail
   * @param sums receives {@link #LENGTH} sums
   */
  void sums(MemorySegment codes, long slab, short[] weights, short[] sums);

  /** Returns which sums with the tail reach {@code needed}: bit r for row r. */
  long atLeast(short[] sums, short needed);

  /** Returns the largest sum with the tail. */
  short largest(short[] sums);

  /**
   * Returns for which rows {@code total + scale * sum with the tail}, by one fused multiply-add,
   * reaches {@code needed}, and adds {@code scale * sum without it} to the totals likewise.
   *
   * @param totals one for each row
   */
  long addAndCompare(short[] sums, float scale, float[] totals, float needed);
}
