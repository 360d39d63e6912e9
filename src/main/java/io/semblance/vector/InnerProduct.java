package io.semblance.vector;

import java.lang.foreign.MemorySegment;

/**
 * The canonical inner product of an index row and a query, in float32.
 *
 * <p>The order of summation is part of the contract, so that every implementation gives the same
 * bits and a search's results do not depend on the machine:
 *
 * <ol>
 *   <li>64 virtual lanes; lane j accumulates the products of components j, j + 64, j + 128, … by
 *       fused multiply-add, in ascending order, from +0;
 *   <li>lanes are folded 64 → 16 as {@code (l[j] + l[j+16]) + (l[j+32] + l[j+48])};
 *   <li>16 → 8 → 4 → 2 → 1, each time adding the upper half to the lower half.
 * </ol>
 *
 * <p>Its error is at most γ(D/64 + 6)·|q|·|x|, where γ(k) = kη/(1−kη) and η = 2⁻²⁴. Stateless; safe
 * for use by several threads.
 */
interface InnerProduct {
  /** Number of virtual lanes; rows and queries are padded with zeros to a multiple of it. */
  int LANES = 64;

  /**
   * Returns the canonical inner product.
   *
   * @param rows native memory holding float32 in native byte order
   * @param offset where the row begins, in bytes
   * @param query {@code length} components
   * @param length the padded dimension, a multiple of {@link #LANES}
   */
  float of(MemorySegment rows, long offset, float[] query, int length);

  /** Returns what this is called in logs and status, for example {@code "simd-256"}. */
  String description();

  /** Returns {@code dimension} rounded up to a multiple of {@link #LANES}. */
  static int padded(int dimension) {
    return (dimension + LANES - 1) / LANES * LANES;
  }
}
