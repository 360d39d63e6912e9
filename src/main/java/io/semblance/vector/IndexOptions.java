package io.semblance.vector;

/**
 * The shape of an index.
 *
 * @param dimension components of every vector, 1 to {@link #DIMENSION_MAX}
 * @param rowsPerSegment rows of one off-heap segment, a multiple of 64; the unit of growth
 */
public record IndexOptions(int dimension, int rowsPerSegment) {
  /** Largest dimension of a vector. */
  public static final int DIMENSION_MAX = 2_048;

  /** Segments of 64 Ki rows: 64 MiB at dimension 256. */
  public static final int ROWS_PER_SEGMENT_DEFAULT = 65_536;

  /** Most rows of one segment. */
  public static final int ROWS_PER_SEGMENT_MAX = 1 << 20;

  public IndexOptions {
    if (dimension < 1 || dimension > DIMENSION_MAX) {
      throw new IllegalArgumentException(
          "an index of dimension %d: it must be 1 to %d".formatted(dimension, DIMENSION_MAX));
    }
    if (rowsPerSegment < Long.SIZE
        || rowsPerSegment > ROWS_PER_SEGMENT_MAX
        || rowsPerSegment % Long.SIZE != 0) {
      throw new IllegalArgumentException(
          "segments of %d rows: it must be a multiple of %d up to %d"
              .formatted(rowsPerSegment, Long.SIZE, ROWS_PER_SEGMENT_MAX));
    }
  }

  /** Returns options for {@code dimension} with segments of the default size. */
  public static IndexOptions ofDimension(int dimension) {
    return new IndexOptions(dimension, ROWS_PER_SEGMENT_DEFAULT);
  }
}
