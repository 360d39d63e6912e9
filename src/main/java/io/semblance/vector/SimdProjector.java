package io.semblance.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Projections with the Vector API: sums stay in registers, two vectors of each for as many rows as
 * the registers hold, so that a matrix which outgrows the first cache is read once for all of them.
 * One method a width, with its species as a constant.
 */
final class SimdProjector implements Projector {
  private static final VectorSpecies<Float> S128 = FloatVector.SPECIES_128;
  private static final VectorSpecies<Float> S256 = FloatVector.SPECIES_256;
  private static final VectorSpecies<Float> S512 = FloatVector.SPECIES_512;

  private final int width;

  /**
   * Uses vectors of {@code width} bits.
   *
   * @param width 128, 256 or 512
   */
  SimdProjector(int width) {
    this.width = width;
  }

  @Override
  public void project(float[] matrix, int dimension, float[] vectors, float[][] products) {
    for (float[] sums : products) {
      Arrays.fill(sums, 0);
    }
    int lanes = 2 * width / Float.SIZE;
    for (int row = 0; row < products[0].length; row += lanes) {
      int tile = row / TILE * TILE * dimension + row % TILE;
      for (int j = 0; j < dimension; j += GROUP) {
        int count = Math.min(GROUP, dimension - j);
        int from = tile + j * TILE;
        switch (width) {
          case 512 -> add512(matrix, from, count, vectors, j * VECTORS, products, row);
          case 256 -> {
            add256(matrix, from, count, vectors, j * VECTORS, products, row);
            add256(matrix, from, count, vectors, j * VECTORS + VECTORS / 2, products, row);
          }
          default -> {
            add128(matrix, from, count, vectors, j * VECTORS, products, row);
            add128(matrix, from, count, vectors, j * VECTORS + VECTORS / 2, products, row);
          }
        }
      }
    }
  }

  /** Adds 8 vectors' products with 32 rows over a group of components. */
  private static void add512(
      float[] matrix,
      int from,
      int count,
      float[] vectors,
      int first,
      float[][] products,
      int row) {
    FloatVector a0 = FloatVector.zero(S512);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    FloatVector a4 = a0;
    FloatVector b4 = a0;
    FloatVector a5 = a0;
    FloatVector b5 = a0;
    FloatVector a6 = a0;
    FloatVector b6 = a0;
    FloatVector a7 = a0;
    FloatVector b7 = a0;
    for (int j = 0; j < count; j++) {
      int at = from + j * TILE;
      FloatVector a = FloatVector.fromArray(S512, matrix, at);
      FloatVector b = FloatVector.fromArray(S512, matrix, at + 16);
      int component = first + j * VECTORS;
      FloatVector x = FloatVector.broadcast(S512, vectors[component]);
      a0 = a.fma(x, a0);
      b0 = b.fma(x, b0);
      x = FloatVector.broadcast(S512, vectors[component + 1]);
      a1 = a.fma(x, a1);
      b1 = b.fma(x, b1);
      x = FloatVector.broadcast(S512, vectors[component + 2]);
      a2 = a.fma(x, a2);
      b2 = b.fma(x, b2);
      x = FloatVector.broadcast(S512, vectors[component + 3]);
      a3 = a.fma(x, a3);
      b3 = b.fma(x, b3);
      x = FloatVector.broadcast(S512, vectors[component + 4]);
      a4 = a.fma(x, a4);
      b4 = b.fma(x, b4);
      x = FloatVector.broadcast(S512, vectors[component + 5]);
      a5 = a.fma(x, a5);
      b5 = b.fma(x, b5);
      x = FloatVector.broadcast(S512, vectors[component + 6]);
      a6 = a.fma(x, a6);
      b6 = b.fma(x, b6);
      x = FloatVector.broadcast(S512, vectors[component + 7]);
      a7 = a.fma(x, a7);
      b7 = b.fma(x, b7);
    }
    int vector = first % VECTORS;
    float[] sums0 = products[vector];
    a0.add(FloatVector.fromArray(S512, sums0, row)).intoArray(sums0, row);
    b0.add(FloatVector.fromArray(S512, sums0, row + 16)).intoArray(sums0, row + 16);
    float[] sums1 = products[vector + 1];
    a1.add(FloatVector.fromArray(S512, sums1, row)).intoArray(sums1, row);
    b1.add(FloatVector.fromArray(S512, sums1, row + 16)).intoArray(sums1, row + 16);
    float[] sums2 = products[vector + 2];
    a2.add(FloatVector.fromArray(S512, sums2, row)).intoArray(sums2, row);
    b2.add(FloatVector.fromArray(S512, sums2, row + 16)).intoArray(sums2, row + 16);
    float[] sums3 = products[vector + 3];
    a3.add(FloatVector.fromArray(S512, sums3, row)).intoArray(sums3, row);
    b3.add(FloatVector.fromArray(S512, sums3, row + 16)).intoArray(sums3, row + 16);
    float[] sums4 = products[vector + 4];
    a4.add(FloatVector.fromArray(S512, sums4, row)).intoArray(sums4, row);
    b4.add(FloatVector.fromArray(S512, sums4, row + 16)).intoArray(sums4, row + 16);
    float[] sums5 = products[vector + 5];
    a5.add(FloatVector.fromArray(S512, sums5, row)).intoArray(sums5, row);
    b5.add(FloatVector.fromArray(S512, sums5, row + 16)).intoArray(sums5, row + 16);
    float[] sums6 = products[vector + 6];
    a6.add(FloatVector.fromArray(S512, sums6, row)).intoArray(sums6, row);
    b6.add(FloatVector.fromArray(S512, sums6, row + 16)).intoArray(sums6, row + 16);
    float[] sums7 = products[vector + 7];
    a7.add(FloatVector.fromArray(S512, sums7, row)).intoArray(sums7, row);
    b7.add(FloatVector.fromArray(S512, sums7, row + 16)).intoArray(sums7, row + 16);
  }

  /** Adds 4 vectors' products with 16 rows over a group of components. */
  private static void add256(
      float[] matrix,
      int from,
      int count,
      float[] vectors,
      int first,
      float[][] products,
      int row) {
    FloatVector a0 = FloatVector.zero(S256);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int j = 0; j < count; j++) {
      int at = from + j * TILE;
      FloatVector a = FloatVector.fromArray(S256, matrix, at);
      FloatVector b = FloatVector.fromArray(S256, matrix, at + 8);
      int component = first + j * VECTORS;
      FloatVector x = FloatVector.broadcast(S256, vectors[component]);
      a0 = a.fma(x, a0);
      b0 = b.fma(x, b0);
      x = FloatVector.broadcast(S256, vectors[component + 1]);
      a1 = a.fma(x, a1);
      b1 = b.fma(x, b1);
      x = FloatVector.broadcast(S256, vectors[component + 2]);
      a2 = a.fma(x, a2);
      b2 = b.fma(x, b2);
      x = FloatVector.broadcast(S256, vectors[component + 3]);
      a3 = a.fma(x, a3);
      b3 = b.fma(x, b3);
    }
    int vector = first % VECTORS;
    float[] sums0 = products[vector];
    a0.add(FloatVector.fromArray(S256, sums0, row)).intoArray(sums0, row);
    b0.add(FloatVector.fromArray(S256, sums0, row + 8)).intoArray(sums0, row + 8);
    float[] sums1 = products[vector + 1];
    a1.add(FloatVector.fromArray(S256, sums1, row)).intoArray(sums1, row);
    b1.add(FloatVector.fromArray(S256, sums1, row + 8)).intoArray(sums1, row + 8);
    float[] sums2 = products[vector + 2];
    a2.add(FloatVector.fromArray(S256, sums2, row)).intoArray(sums2, row);
    b2.add(FloatVector.fromArray(S256, sums2, row + 8)).intoArray(sums2, row + 8);
    float[] sums3 = products[vector + 3];
    a3.add(FloatVector.fromArray(S256, sums3, row)).intoArray(sums3, row);
    b3.add(FloatVector.fromArray(S256, sums3, row + 8)).intoArray(sums3, row + 8);
  }

  /** Adds 4 vectors' products with 8 rows over a group of components. */
  private static void add128(
      float[] matrix,
      int from,
      int count,
      float[] vectors,
      int first,
      float[][] products,
      int row) {
    FloatVector a0 = FloatVector.zero(S128);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int j = 0; j < count; j++) {
      int at = from + j * TILE;
      FloatVector a = FloatVector.fromArray(S128, matrix, at);
      FloatVector b = FloatVector.fromArray(S128, matrix, at + 4);
      int component = first + j * VECTORS;
      FloatVector x = FloatVector.broadcast(S128, vectors[component]);
      a0 = a.fma(x, a0);
      b0 = b.fma(x, b0);
      x = FloatVector.broadcast(S128, vectors[component + 1]);
      a1 = a.fma(x, a1);
      b1 = b.fma(x, b1);
      x = FloatVector.broadcast(S128, vectors[component + 2]);
      a2 = a.fma(x, a2);
      b2 = b.fma(x, b2);
      x = FloatVector.broadcast(S128, vectors[component + 3]);
      a3 = a.fma(x, a3);
      b3 = b.fma(x, b3);
    }
    int vector = first % VECTORS;
    float[] sums0 = products[vector];
    a0.add(FloatVector.fromArray(S128, sums0, row)).intoArray(sums0, row);
    b0.add(FloatVector.fromArray(S128, sums0, row + 4)).intoArray(sums0, row + 4);
    float[] sums1 = products[vector + 1];
    a1.add(FloatVector.fromArray(S128, sums1, row)).intoArray(sums1, row);
    b1.add(FloatVector.fromArray(S128, sums1, row + 4)).intoArray(sums1, row + 4);
    float[] sums2 = products[vector + 2];
    a2.add(FloatVector.fromArray(S128, sums2, row)).intoArray(sums2, row);
    b2.add(FloatVector.fromArray(S128, sums2, row + 4)).intoArray(sums2, row + 4);
    float[] sums3 = products[vector + 3];
    a3.add(FloatVector.fromArray(S128, sums3, row)).intoArray(sums3, row);
    b3.add(FloatVector.fromArray(S128, sums3, row + 4)).intoArray(sums3, row + 4);
  }
}
