package io.semblance.vector;

/** What the index lets in, checked at its door. */
final class RowChecks {
  private RowChecks() {}

  /**
   * Checks a row that is to be put.
   *
   * @throws IllegalArgumentException if a part of it is not fit, with a message that says which
   */
  static void check(IndexRow row, int dimension) {
    if (row.id().isBlank()) {
      throw new IllegalArgumentException("the row's id is blank; every row needs one");
    }
    checkLength("id", row.id());
    checkLength("tenant", row.tenant());
    checkLength("category", row.category());
    if (row.payload().length > VectorIndex.PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the payload of row '%s' has %d bytes, more than the %d allowed"
              .formatted(row.id(), row.payload().length, VectorIndex.PAYLOAD_BYTES_MAX));
    }
    checkVector(row.vector(), dimension, "vector of row '" + row.id() + "'");
  }

  private static void checkLength(String name, String value) {
    if (value.length() > VectorIndex.ID_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "the row's %s has %d characters, more than the %d allowed"
              .formatted(name, value.length(), VectorIndex.ID_LENGTH_MAX));
    }
  }

  /**
   * Checks a row's or a query's vector.
   *
   * @param what names it in the message
   */
  static void checkVector(float[] vector, int dimension, String what) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "the %s has %d dimensions, but the index holds vectors of %d"
              .formatted(what, vector.length, dimension));
    }
    for (int i = 0; i < vector.length; i++) {
      // Written so that NaN fails too.
      if (!(Math.abs(vector[i]) <= VectorIndex.COMPONENT_MAX)) {
        throw new IllegalArgumentException(
            "component %d of the %s is %s; components must be finite and at most %s in size"
                .formatted(i, what, vector[i], VectorIndex.COMPONENT_MAX));
      }
    }
  }
}
