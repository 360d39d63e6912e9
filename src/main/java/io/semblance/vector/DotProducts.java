package io.semblance.vector;

import java.lang.foreign.MemorySegment;

/**
 * Scores rows against a query by the canonical inner product, whose bits do not depend on the
 * machine.
 *
 * <p>The order of summation is part of the contract. There are {@value #LANES} lanes, seen as four
 * accumulators of 16. Lane {@code l} takes the elements {@code l, l + 64, l + 128, …} in ascending
 * order, each by one fused multiply-add starting from +0. The accumulators are then added lane by
 * lane as {@code (a0 + a1) + (a2 + a3)}, and the 16 sums by halving: {@code s[l] + s[l + 8]}, then
 * {@code + 4}, {@code + 2}, {@code + 1}. Each row is therefore rounded at most {@code stride / 64 +
 * 6} times per lane, which bounds the error of a score.
 *
 * <p>Implementations are stateless and safe for use by any number of threads.
 */
interface DotProducts {
  /** Lanes of the canonical summation; rows and queries are padded with zeros to a multiple. */
  int LANES = 64;

  /**
   * Scores those rows of a block of 64 whose bit is set in {@code mask}.
   *
   * @param query {@code stride} floats, zero beyond the dimension
   * @param rows little-endian float32 rows, {@code stride} floats each
   * @param blockOffset byte offset in {@code rows} of the block's first row
   * @param stride floats per row, a multiple of {@value #LANES}
   * @param mask bit {@code r} selects row {@code r} of the block
   * @param scores receives the score of row {@code r} at index {@code r}; other entries are kept
   */
  void scoreRows(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores);

  /**
   * Scores the same rows against several queries, as {@link #scoreRows} does: for batches that
   * codes tell little of.
   *
   * @param queries as many as there are arrays of scores
   */
  default void scoreRowsOfTile(
      float[][] queries,
      MemorySegment rows,
      long blockOffset,
      int stride,
      long mask,
      float[][] scores) {
    for (int query = 0; query < queries.length; query++) {
      scoreRows(queries[query], rows, blockOffset, stride, mask, scores[query]);
    }
  }

  /** Returns a short name for logs and statistics. */
  String name();
}
