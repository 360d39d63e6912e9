package io.semblance.embedding.model;

/** How far computed vectors are from their reference's, the worst of all that were added. */
final class VectorAgreement {
  private int compared;
  private float deviation;
  private float similarity = 1;

  /**
   * Adds a vector. One of another length deviates without bound; NaN stays.
   *
   * @param reference as it is to be, component by component
   * @param computed by a network
   */
  void add(float[] reference, float[] computed) {
    compared++;
    if (reference.length != computed.length) {
      deviation = Float.POSITIVE_INFINITY;
      similarity = Float.NaN;
      return;
    }
    for (int i = 0; i < reference.length; i++) {
      deviation = Math.max(deviation, Math.abs(reference[i] - computed[i]));
    }
    double norms = UnitNorm.norm(reference) * UnitNorm.norm(computed);
    similarity = Math.min(similarity, (float) (UnitNorm.dot(reference, computed) / norms));
  }

  /** As {@link #add}, of a reference of any norm, which is scaled to unit norm. */
  void addScaled(float[] reference, float[] computed) {
    float[] scaled = reference.clone();
    UnitNorm.normalise(scaled);
    add(scaled, computed);
  }

  /** Returns how many vectors were added. */
  int compared() {
    return compared;
  }

  /** Returns the largest deviation of any component. */
  float deviation() {
    return deviation;
  }

  /** Returns the smallest cosine similarity. */
  float similarity() {
    return similarity;
  }
}
