package io.semblance.vector;

/**
 * Multiplies vectors by a matrix, eight at a time. Implementations may sum in different orders, as
 * long as no product meets more than {@link #roundings} roundings; their bits may therefore differ.
 * Stateless and safe for use by any number of threads.
 */
interface Projector {
  /** Vectors that are projected at a time. */
  int VECTORS = 8;

  /** Rows of the matrix that lie side by side. */
  int TILE = 32;

  /** Products that are summed before their sum is added to the whole. */
  int GROUP = 32;

  /**
   * Projects {@link #VECTORS} vectors.
   *
   * <pre>
   *   matrix    | tile 0 | tile 1 | …         a tile: the next 32 rows of the matrix
   *   tile      | column 0: 32 floats | column 1 | … | column D − 1 |
   *   vectors   | component 0: of 8 vectors | component 1 | … | component D − 1 |
   * </pre>
   *
   * @param products of each vector with each row of the matrix: 8 arrays of a length that is a
   *     multiple of {@link #TILE}
   */
  void project(float[] matrix, int dimension, float[] vectors, float[][] products);

  /** Returns how many roundings a product meets at most on its way into a sum over D of them. */
  static int roundings(int dimension) {
    return GROUP + (dimension + GROUP - 1) / GROUP + 1;
  }
}
