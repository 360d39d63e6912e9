package io.semblance.cli.bench;

import java.util.random.RandomGenerator;

/**
 * A pseudo-random rotation in D log D steps, so that the axes of a spectrum are not the vectors'
 * own. Twice: signs, a permutation, and the Walsh–Hadamard transform of the first and then of the
 * last P components, with P the greatest power of two not above D. Each step is orthogonal.
 */
final class MixingRotation {
  private static final int PASSES = 2;

  private final int dimension;
  private final int span;
  private final float scale;
  private final float[][] signs = new float[PASSES][];
  private final int[][] permutations = new int[PASSES][];

  MixingRotation(int dimension, RandomGenerator random) {
    this.dimension = dimension;
    span = Integer.highestOneBit(dimension);
    scale = (float) (1 / Math.sqrt(span));
    for (int pass = 0; pass < PASSES; pass++) {
      signs[pass] = new float[dimension];
      permutations[pass] = new int[dimension];
      for (int i = 0; i < dimension; i++) {
        signs[pass][i] = random.nextBoolean() ? 1 : -1;
        int other = random.nextInt(i + 1);
        permutations[pass][i] = permutations[pass][other];
        permutations[pass][other] = i;
      }
    }
  }

  /** Writes {@code from}, rotated, into {@code to}, which is another array. */
  void rotate(float[] from, float[] to) {
    float[] source = from;
    for (int pass = 0; pass < PASSES; pass++) {
      float[] mixed = pass == PASSES - 1 ? to : new float[dimension];
      for (int i = 0; i < dimension; i++) {
        mixed[i] = signs[pass][i] * source[permutations[pass][i]];
      }
      transform(mixed, 0);
      if (span < dimension) {
        transform(mixed, dimension - span);
      }
      source = mixed;
    }
  }

  private void transform(float[] values, int start) {
    for (int half = 1; half < span; half *= 2) {
      for (int block = start; block < start + span; block += 2 * half) {
        for (int i = block; i < block + half; i++) {
          float left = values[i];
          float right = values[i + half];
          values[i] = left + right;
          values[i + half] = left - right;
        }
      }
    }
    for (int i = start; i < start + span; i++) {
      values[i] *= scale;
    }
  }
}
