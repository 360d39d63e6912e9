package io.semblance.embedding.model;

import io.semblance.image.ImageRecipe.Layout;
import java.util.Arrays;

/** How a network's output becomes one vector for each input. Stateless. */
public enum Pooling {
  /** The output is the vector: (N, D), or (N, D, 1, 1) as residual networks export it. */
  NONE,
  /** The first token of (N, tokens, D). */
  CLS,
  /** The mean of all tokens of (N, tokens, D), class token included. */
  MEAN,
  /** The mean of the tokens of (N, tokens, D) that stand for patches of the picture. */
  MEAN_PATCHES,
  /** The mean over height and width of (N, D, height, width), or of (N, height, width, D). */
  SPATIAL_MEAN;

  private static final int RANK_TOKENS = 3;
  private static final int RANK_MAP = 4;

  /**
   * Returns the vectors of an output.
   *
   * @param output row by row
   * @param shape its shape, the batch first
   * @param layout of a map; of no account otherwise
   * @param prefixTokens tokens before those of patches: the class token and registers
   * @throws IllegalArgumentException if an output of this shape cannot be pooled so
   */
  float[][] vectors(float[] output, long[] shape, Layout layout, int prefixTokens) {
    int count = Math.toIntExact(shape[0]);
    return switch (this) {
      case NONE -> rows(output, shape, count);
      case CLS -> tokenMeans(output, shape, 0, 1);
      case MEAN -> tokenMeans(output, shape, 0, tokens(shape));
      case MEAN_PATCHES -> tokenMeans(output, shape, prefixTokens, tokens(shape));
      case SPATIAL_MEAN ->
          layout == Layout.NHWC ? lastAxisMeans(output, shape) : mapMeans(output, shape);
    };
  }

  private float[][] rows(float[] output, long[] shape, int count) {
    boolean vectors = shape.length >= 2;
    for (int axis = 2; axis < shape.length; axis++) {
      vectors &= shape[axis] == 1;
    }
    if (!vectors) {
      throw refusal(shape, "(N, D)");
    }
    int width = Math.toIntExact(shape[1]);
    float[][] rows = new float[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = Arrays.copyOfRange(output, i * width, (i + 1) * width);
    }
    return rows;
  }

  private int tokens(long[] shape) {
    if (shape.length != RANK_TOKENS) {
      throw refusal(shape, "(N, tokens, D)");
    }
    return Math.toIntExact(shape[1]);
  }

  private float[][] tokenMeans(float[] output, long[] shape, int from, int to) {
    int tokens = tokens(shape);
    int width = Math.toIntExact(shape[2]);
    if (from >= to || to > tokens) {
      throw refusal(shape, "(N, more than %d tokens, D)".formatted(from));
    }
    float[][] means = new float[Math.toIntExact(shape[0])][width];
    for (int i = 0; i < means.length; i++) {
      for (int j = 0; j < width; j++) {
        double sum = 0;
        for (int token = from; token < to; token++) {
          sum += output[(i * tokens + token) * width + j];
        }
        means[i][j] = (float) (sum / (to - from));
      }
    }
    return means;
  }

  private float[][] mapMeans(float[] output, long[] shape) {
    if (shape.length != RANK_MAP) {
      throw refusal(shape, "(N, D, height, width)");
    }
    int width = Math.toIntExact(shape[1]);
    int area = Math.toIntExact(shape[2] * shape[3]);
    float[][] means = new float[Math.toIntExact(shape[0])][width];
    for (int i = 0; i < means.length; i++) {
      for (int j = 0; j < width; j++) {
        double sum = 0;
        for (int at = 0; at < area; at++) {
          sum += output[(i * width + j) * area + at];
        }
        means[i][j] = (float) (sum / area);
      }
    }
    return means;
  }

  private float[][] lastAxisMeans(float[] output, long[] shape) {
    if (shape.length != RANK_MAP) {
      throw refusal(shape, "(N, height, width, D)");
    }
    long[] tokens = {shape[0], shape[1] * shape[2], shape[3]};
    return tokenMeans(output, tokens, 0, Math.toIntExact(tokens[1]));
  }

  private IllegalArgumentException refusal(long[] shape, String wanted) {
    return new IllegalArgumentException(
        "is of shape %s, but the pooling %s takes %s"
            .formatted(Arrays.toString(shape), this, wanted));
  }
}
