package io.semblance.embedding.model;

/** Vectors of unit norm: only of these is the inner product the cosine of their angle. */
final class UnitNorm {
  /** Largest deviation of a norm from 1 that is rounding: float32 sums of a few thousand terms. */
  static final double DEVIATION_MAX = 1e-3;

  private UnitNorm() {}

  static double norm(float[] vector) {
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    return Math.sqrt(squares);
  }

  /** Returns the inner product: of vectors of unit norm the cosine of their angle. */
  static double dot(float[] first, float[] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "vectors of %d and %d components".formatted(first.length, second.length));
    }
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (double) first[i] * second[i];
    }
    return sum;
  }

  /** Scales {@code vector} to unit norm, in place; the components of a zero vector become NaN. */
  static void normalise(float[] vector) {
    double norm = norm(vector);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
  }
}
