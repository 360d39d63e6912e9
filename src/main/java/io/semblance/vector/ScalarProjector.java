package io.semblance.vector;

import java.util.Arrays;

/** Projections in plain Java; the inner loop is one that C2 vectorises by itself. */
final class ScalarProjector implements Projector {
  /** Columns of the matrix that one pass over the sums adds. */
  private static final int COLUMNS = 8;

  @Override
  public void project(float[] matrix, int dimension, float[] vectors, float[][] products) {
    float[] group = new float[TILE];
    for (int row = 0; row < products[0].length; row += TILE) {
      int tile = row * dimension;
      for (int v = 0; v < VECTORS; v++) {
        Arrays.fill(products[v], row, row + TILE, 0);
        for (int first = 0; first < dimension; first += GROUP) {
          Arrays.fill(group, 0);
          addGroup(group, matrix, tile, vectors, v, first, Math.min(dimension, first + GROUP));
          for (int i = 0; i < TILE; i++) {
            products[v][row + i] += group[i];
          }
        }
      }
    }
  }

  private static void addGroup(
      float[] sums, float[] matrix, int tile, float[] vectors, int v, int first, int end) {
    int j = first;
    for (; j + COLUMNS <= end; j += COLUMNS) {
      addColumns(sums, matrix, tile + j * TILE, vectors, j * VECTORS + v);
    }
    for (; j < end; j++) {
      for (int i = 0; i < TILE; i++) {
        sums[i] = Math.fma(matrix[tile + j * TILE + i], vectors[j * VECTORS + v], sums[i]);
      }
    }
  }

  private static void addColumns(float[] sums, float[] matrix, int at, float[] vectors, int x) {
    float x0 = vectors[x];
    float x1 = vectors[x + VECTORS];
    float x2 = vectors[x + 2 * VECTORS];
    float x3 = vectors[x + 3 * VECTORS];
    float x4 = vectors[x + 4 * VECTORS];
    float x5 = vectors[x + 5 * VECTORS];
    float x6 = vectors[x + 6 * VECTORS];
    float x7 = vectors[x + 7 * VECTORS];
    for (int i = 0; i < TILE; i++) {
      int from = at + i;
      float sum = Math.fma(matrix[from], x0, sums[i]);
      sum = Math.fma(matrix[from + TILE], x1, sum);
      sum = Math.fma(matrix[from + 2 * TILE], x2, sum);
      sum = Math.fma(matrix[from + 3 * TILE], x3, sum);
      sum = Math.fma(matrix[from + 4 * TILE], x4, sum);
      sum = Math.fma(matrix[from + 5 * TILE], x5, sum);
      sum = Math.fma(matrix[from + 6 * TILE], x6, sum);
      sums[i] = Math.fma(matrix[from + 7 * TILE], x7, sum);
    }
  }
}
