package io.semblance.vector;

/**
 * What an index computes with.
 *
 * @param dotProducts the canonical scores
 * @param slabSums the sums by which rows are passed over
 * @param projector the projections that codes are made of
 */
record Kernels(DotProducts dotProducts, SlabSums slabSums, Projector projector) {
  /**
   * Returns kernels with vectors of {@code width} bits.
   *
   * @throws IllegalArgumentException if it is not 128, 256 or 512
   */
  static Kernels simd(int width) {
    if (width != 128 && width != 256 && width != 512) {
      throw new IllegalArgumentException("vector width must be 128, 256 or 512, but is " + width);
    }
    return new Kernels(
        new SimdDotProducts(width), new SimdSlabSums(width), new SimdProjector(width));
  }

  /** Returns the kernels in plain Java. */
  static Kernels scalar() {
    return new Kernels(new ScalarDotProducts(), new ScalarSlabSums(), new ScalarProjector());
  }

  /** Returns a short name for logs and statistics. */
  String name() {
    return dotProducts.name();
  }
}
