package io.semblance.vector;

/**
 * The fixed shape of a {@link VectorIndex}.
 *
 * @param dimension floats per vector, 1 to {@link #DIMENSION_MAX}
 * @param rowsPerSegment rows for which off-heap memory is taken at a time: a multiple of 64, at
 *     most {@link #ROWS_PER_SEGMENT_MAX}
 */
public record IndexOptions(int dimension, int rowsPerSegment) {
  /** Largest dimension. */
  public static final int DIMENSION_MAX = 2_048;

  /** Rows per segment unless said otherwise: 8 MiB a segment at dimension 256. */
  public static final int ROWS_PER_SEGMENT_DEFAULT = 8_192;

  /** Rows of a block, of which a segment has a whole number. */
  public static final int ROWS_PER_BLOCK = Long.SIZE;

  /** Largest number of rows per segment. */
  public static final int ROWS_PER_SEGMENT_MAX = 1 << 20;

  public IndexOptions {
    if (dimension < 1 || dimension > DIMENSION_MAX) {
      throw new IllegalArgumentException(
          "dimension must be 1 to " + DIMENSION_MAX + ", but is " + dimension);
    }
    if (rowsPerSegment < ROWS_PER_BLOCK
        || rowsPerSegment > ROWS_PER_SEGMENT_MAX
        || rowsPerSegment % ROWS_PER_BLOCK != 0) {
      throw new IllegalArgumentException(
          "rowsPerSegment must be a multiple of 64 from 64 to "
              + ROWS_PER_SEGMENT_MAX
              + ", but is "
              + rowsPerSegment);
    }
  }

  /** Returns options for vectors of {@code dimension} with the default segment size. */
  public static IndexOptions ofDimension(int dimension) {
    return new IndexOptions(dimension, ROWS_PER_SEGMENT_DEFAULT);
  }

  /** Returns the floats that a row occupies: the dimension, rounded up to a multiple of 64. */
  int stride() {
    return (dimension + DotProducts.LANES - 1) / DotProducts.LANES * DotProducts.LANES;
  }
}
