package io.semblance.embedding.model;

import java.util.List;

/**
 * How similarities of a picture to labels become probabilities: {@code activation(cosine /
 * temperature + bias)}. Immutable.
 *
 * @param temperature above 0
 * @param bias added after the division
 * @param activation over all labels, or of each by itself
 */
public record LabelScale(double temperature, double bias, Activation activation) {
  /** From logits to probabilities. */
  public enum Activation {
    /** The labels exclude each other: probabilities add up to 1. As CLIP was trained. */
    SOFTMAX,
    /** Each label by itself: several may fit, or none. As SigLIP was trained. */
    SIGMOID
  }

  /**
   * Returns the probability of each label.
   *
   * @param image the picture's vector, of unit norm
   * @param labels the labels' vectors, of unit norm and the same dimension
   */
  public double[] probabilities(float[] image, List<float[]> labels) {
    double[] values = new double[labels.size()];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      values[i] = UnitNorm.dot(image, labels.get(i)) / temperature + bias;
      largest = Math.max(largest, values[i]);
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (activation) {
            case SOFTMAX -> Math.exp(values[i] - largest);
            case SIGMOID -> 1 / (1 + Math.exp(-values[i]));
          };
      sum += values[i];
    }
    if (activation == Activation.SOFTMAX) {
      for (int i = 0; i < values.length; i++) {
        values[i] /= sum;
      }
    }
    return values;
  }
}
