package io.semblance.vector;

/**
 * Up to {@link Projector#VECTORS} rows or queries seen along the axes of a {@link Codebook}.
 * Scratch space: for one thread.
 */
final class Projection {
  private final Codebook codebook;
  private final Projector projector;
  private final float[] interleaved;
  private final float[][] rotated;
  private final double[][] tails;
  private final double[] norms = new double[Projector.VECTORS];

  Projection(Codebook codebook, Projector projector) {
    this.codebook = codebook;
    this.projector = projector;
    this.interleaved = new float[codebook.dimension() * Projector.VECTORS];
    this.rotated = new float[Projector.VECTORS][codebook.paddedDimension()];
    this.tails = new double[Projector.VECTORS][codebook.slabs()];
  }

  /**
   * Projects the first {@code count} of {@code vectors}, of the codebook's dimension; they are not
   * kept.
   *
   * @param count at most {@link Projector#VECTORS}
   */
  void of(float[][] vectors, int count) {
    for (int v = 0; v < count; v++) {
      float[] vector = vectors[v];
      for (int j = 0; j < vector.length; j++) {
        interleaved[j * Projector.VECTORS + v] = vector[j];
      }
    }
    projector.project(codebook.matrix(), codebook.dimension(), interleaved, rotated);
    for (int v = 0; v < count; v++) {
      measure(vectors[v], v);
    }
  }

  private void measure(float[] vector, int v) {
    double squares = squares(vector, 0, vector.length);
    norms[v] = Math.sqrt(squares) * (1 + Codebook.DOUBLE_SLACK);
    float[] components = rotated[v];
    double rest = squares * (1 + codebook.tailSlack());
    for (int slab = 0; slab < codebook.slabs(); slab++) {
      int first = slab * Codebook.SLAB_DIMENSIONS;
      rest -= squares(components, first, first + Codebook.SLAB_DIMENSIONS);
      tails[v][slab] = Math.sqrt(Math.max(0, rest)) * (1 + Codebook.DOUBLE_SLACK);
    }
  }

  /** Sums squares in four chains, since one would wait for each addition in turn. */
  private static double squares(float[] values, int from, int to) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 4 <= to; i += 4) {
      a += (double) values[i] * values[i];
      b += (double) values[i + 1] * values[i + 1];
      c += (double) values[i + 2] * values[i + 2];
      d += (double) values[i + 3] * values[i + 3];
    }
    for (; i < to; i++) {
      a += (double) values[i] * values[i];
    }
    return a + b + (c + d);
  }

  /** Returns a vector's components along the axes, in float32; zero beyond the dimension. */
  float[] rotated(int vector) {
    return rotated[vector];
  }

  /** Returns for each slab an upper bound of the norm of what neither it nor those before hold. */
  double[] tails(int vector) {
    return tails[vector];
  }

  /** Returns a vector's norm, rounded up. */
  double norm(int vector) {
    return norms[vector];
  }
}
