package io.semblance.embedding;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the pipeline makes of one image.
 *
 * @param vectors by the names of the models that embedded it, each of its model's dimension, unit
 *     norm where the model says so; owned by the receiver
 * @param contentHash hexadecimal SHA-256 of the image's bytes
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param lowInformation whether the picture carries no information (invariant 9)
 */
public record ImageEmbedding(
    Map<String, float[]> vectors,
    String contentHash,
    int width,
    int height,
    boolean lowInformation) {
  public ImageEmbedding {
    vectors = Map.copyOf(vectors);
  }

  /** Returns a model's vector; null if that model embeds no such content, as with texts. */
  public float @Nullable [] vector(String model) {
    return vectors.get(model);
  }

  /**
   * Returns the vector of the only model that was asked.
   *
   * @throws IllegalStateException if several were
   */
  public float[] vector() {
    if (vectors.size() != 1) {
      throw new IllegalStateException("vectors of the models " + vectors.keySet());
    }
    return vectors.values().iterator().next();
  }
}
