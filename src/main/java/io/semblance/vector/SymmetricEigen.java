package io.semblance.vector;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The eigen-decomposition of a real symmetric matrix: Householder tridiagonalisation, then the
 * implicit QR iteration with Wilkinson's shift (Golub and Van Loan, <i>Matrix Computations</i>, 4th
 * ed., algorithms 8.3.1 to 8.3.3).
 *
 * <p>Eigenvalues are accurate relative to the matrix's norm only. Whatever the matrix, the vectors
 * are a product of reflections and rotations, hence orthonormal up to rounding in double.
 *
 * <p>All heavy loops run along rows, several rows at a time, without sums across lanes: C2
 * vectorises them, and the bits are the same everywhere.
 */
final class SymmetricEigen {
  /** QR sweeps per eigenvalue after which the off-diagonal element is dropped; 2 are usual. */
  private static final int SWEEPS_MAX = 60;

  /** Unit roundoff of double. */
  private static final double ROUNDOFF = 0x1p-53;

  /**
   * Squared norms below are taken for zero, as they have lost digits to underflow; the matrix is
   * scaled to 1.
   */
  private static final double NEGLIGIBLE = 1e-280;

  private final int dimension;
  private final double[] diagonal;

  /** Element {@code k} links {@code k} and {@code k + 1}; the last one is unused. */
  private final double[] offDiagonal;

  /** The matrix; row {@code k} becomes the reflector that cleared it, in its first k elements. */
  private final double[][] matrix;

  /** {@code 2 / |u|²} of the reflectors {@code u}; 0 where there is none. */
  private final double[] factors;

  /** The vectors as rows; between the steps, the basis reached so far. */
  private final double[][] vectors;

  private SymmetricEigen(double[][] matrix) {
    this.dimension = matrix.length;
    this.diagonal = new double[dimension];
    this.offDiagonal = new double[dimension];
    this.matrix = matrix;
    this.factors = new double[dimension];
    this.vectors = new double[dimension][dimension];
  }

  /**
   * Eigenvalues in descending order and their eigenvectors.
   *
   * @param values the eigenvalues
   * @param vectors row {@code i} is the eigenvector of value {@code i}
   */
  record Result(double[] values, double[][] vectors) {}

  /**
   * Decomposes a matrix.
   *
   * @param matrix symmetric and finite, at least 1 × 1; overwritten
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  static Result decompose(double[][] matrix) throws InterruptedException {
    int exponent = scale(matrix);
    SymmetricEigen eigen = new SymmetricEigen(matrix);
    eigen.tridiagonalise();
    eigen.formBasis();
    eigen.iterate();
    return eigen.sorted(exponent);
  }

  /** Divides by a power of two, so that the largest element lies in [1, 2). */
  private static int scale(double[][] matrix) {
    double max = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        max = Math.max(max, Math.abs(value));
      }
    }
    int exponent = max == 0 ? 0 : Math.getExponent(max);
    for (double[] row : matrix) {
      for (int j = 0; j < row.length; j++) {
        row[j] = Math.scalb(row[j], -exponent);
      }
    }
    return exponent;
  }

  /** From the last row upwards, reflects each row to a multiple of its neighbour's unit vector. */
  private void tridiagonalise() throws InterruptedException {
    double[] product = new double[dimension];
    for (int k = dimension - 1; k >= 2; k--) {
      checkInterrupt();
      double[] u = matrix[k];
      diagonal[k] = u[k];
      offDiagonal[k - 1] = reflector(k);
      if (factors[k] != 0) {
        Arrays.fill(product, 0, k, 0);
        addRows(product, u, matrix, k);
        double scale = factors[k];
        double half = scale * scale / 2 * dot(u, product, k);
        for (int j = 0; j < k; j++) {
          product[j] = scale * product[j] - half * u[j];
        }
        for (int i = 0; i < k; i++) {
          subtractBoth(matrix[i], u, product, u[i], product[i], k);
        }
      }
    }
    if (dimension > 1) {
      diagonal[1] = matrix[1][1];
      offDiagonal[0] = matrix[1][0];
    }
    diagonal[0] = matrix[0][0];
  }

  /**
   * Turns the first {@code k} elements {@code x} of row {@code k} into {@code u}, with {@code (I -
   * 2uuᵀ/|u|²) x = (0, …, 0, result)}.
   */
  private double reflector(int k) {
    double[] x = matrix[k];
    double last = x[k - 1];
    double others = dot(x, x, k - 1);
    if (others < NEGLIGIBLE) {
      return last;
    }
    double norm = Math.sqrt(others + last * last);
    double result = last > 0 ? -norm : norm;
    x[k - 1] = last - result;
    factors[k] = 2 / (others + x[k - 1] * x[k - 1]);
    return result;
  }

  /** Multiplies the reflections, and keeps the transpose of the product. */
  private void formBasis() throws InterruptedException {
    for (int i = 0; i < dimension; i++) {
      vectors[i][i] = 1;
    }
    double[] product = new double[dimension];
    for (int k = 2; k < dimension; k++) {
      checkInterrupt();
      double[] u = matrix[k];
      if (factors[k] != 0) {
        Arrays.fill(product, 0, k, 0);
        addRows(product, u, vectors, k);
        for (int i = 0; i < k; i++) {
          subtract(vectors[i], product, factors[k] * u[i], k);
        }
      }
    }
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < i; j++) {
        double above = vectors[j][i];
        vectors[j][i] = vectors[i][j];
        vectors[i][j] = above;
      }
    }
  }

  /** Makes the tridiagonal matrix diagonal, and turns the vectors with it. */
  private void iterate() throws InterruptedException {
    double norm = 0;
    for (int k = 0; k < dimension; k++) {
      norm = Math.max(norm, Math.max(Math.abs(diagonal[k]), Math.abs(offDiagonal[k])));
    }
    double negligible = ROUNDOFF * norm;
    double[] cosines = new double[dimension];
    double[] sines = new double[dimension];
    int sweeps = 0;
    for (int end = dimension - 1; end > 0; ) {
      if (Math.abs(offDiagonal[end - 1]) <= negligible || sweeps == SWEEPS_MAX) {
        offDiagonal[end - 1] = 0;
        end--;
        sweeps = 0;
      } else {
        checkInterrupt();
        int start = end - 1;
        while (start > 0 && Math.abs(offDiagonal[start - 1]) > negligible) {
          start--;
        }
        sweep(start, end, cosines, sines);
        rotate(start, end, cosines, sines);
        sweeps++;
      }
    }
  }

  /** One implicit QR step on rows {@code start} to {@code end}; returns its rotations. */
  private void sweep(int start, int end, double[] cosines, double[] sines) {
    double link = offDiagonal[end - 1];
    double half = (diagonal[end - 1] - diagonal[end]) / 2;
    double root = Math.sqrt(half * half + link * link);
    double shift = diagonal[end] - link * (link / (half + (half < 0 ? -root : root)));
    double x = diagonal[start] - shift;
    double bulge = offDiagonal[start];
    for (int k = start; k < end; k++) {
      double norm = Math.sqrt(x * x + bulge * bulge);
      boolean tiny = norm * norm < NEGLIGIBLE;
      double c = tiny ? 1 : x / norm;
      double s = tiny ? 0 : bulge / norm;
      if (k > start) {
        offDiagonal[k - 1] = c * x + s * bulge;
      }
      double upper = diagonal[k];
      double lower = diagonal[k + 1];
      double between = offDiagonal[k];
      double crossed = 2 * c * s * between;
      diagonal[k] = c * c * upper + crossed + s * s * lower;
      diagonal[k + 1] = s * s * upper - crossed + c * c * lower;
      x = c * s * (lower - upper) + (c * c - s * s) * between;
      offDiagonal[k] = x;
      if (k + 1 < end) {
        bulge = s * offDiagonal[k + 1];
        offDiagonal[k + 1] *= c;
      }
      cosines[k] = c;
      sines[k] = s;
    }
  }

  /** Turns the vectors {@code k} and {@code k + 1} for {@code k} from start to end, in turn. */
  private void rotate(int start, int end, double[] cosines, double[] sines) {
    int k = start;
    for (; k + 1 < end; k += 2) {
      rotateThree(
          vectors[k],
          vectors[k + 1],
          vectors[k + 2],
          cosines[k],
          sines[k],
          cosines[k + 1],
          sines[k + 1]);
    }
    if (k < end) {
      rotateTwo(vectors[k], vectors[k + 1], cosines[k], sines[k]);
    }
  }

  private static void rotateThree(
      double[] x, double[] y, double[] z, double c0, double s0, double c1, double s1) {
    for (int j = 0; j < x.length; j++) {
      double first = x[j];
      double second = y[j];
      double third = z[j];
      x[j] = c0 * first + s0 * second;
      double turned = c0 * second - s0 * first;
      y[j] = c1 * turned + s1 * third;
      z[j] = c1 * third - s1 * turned;
    }
  }

  private static void rotateTwo(double[] x, double[] y, double c, double s) {
    for (int j = 0; j < x.length; j++) {
      double first = x[j];
      double second = y[j];
      x[j] = c * first + s * second;
      y[j] = c * second - s * first;
    }
  }

  private Result sorted(int exponent) {
    int[] order =
        IntStream.range(0, dimension)
            .boxed()
            .sorted((a, b) -> Double.compare(diagonal[b], diagonal[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[dimension];
    double[][] rows = new double[dimension][];
    for (int i = 0; i < dimension; i++) {
      values[i] = Math.scalb(diagonal[order[i]], exponent);
      rows[i] = vectors[order[i]];
    }
    return new Result(values, rows);
  }

  /** {@code target += Σ u[i] rows[i]} over the leading {@code length} rows and columns. */
  private static void addRows(double[] target, double[] u, double[][] rows, int length) {
    int i = 0;
    for (; i + 3 < length; i += 4) {
      addFour(
          target,
          rows[i],
          rows[i + 1],
          rows[i + 2],
          rows[i + 3],
          u[i],
          u[i + 1],
          u[i + 2],
          u[i + 3],
          length);
    }
    for (; i < length; i++) {
      subtract(target, rows[i], -u[i], length);
    }
  }

  private static void addFour(
      double[] target,
      double[] r0,
      double[] r1,
      double[] r2,
      double[] r3,
      double u0,
      double u1,
      double u2,
      double u3,
      int length) {
    for (int j = 0; j < length; j++) {
      target[j] = target[j] + u0 * r0[j] + u1 * r1[j] + u2 * r2[j] + u3 * r3[j];
    }
  }

  /** {@code target -= factor * row}. */
  static void subtract(double[] target, double[] row, double factor, int length) {
    for (int j = 0; j < length; j++) {
      target[j] -= factor * row[j];
    }
  }

  /** Keeps a symmetric matrix symmetric to the bit: the two products are added first. */
  private static void subtractBoth(
      double[] target, double[] u, double[] w, double ui, double wi, int length) {
    for (int j = 0; j < length; j++) {
      target[j] -= ui * w[j] + wi * u[j];
    }
  }

  /** The inner product of the first {@code length} elements, in eight fixed partial sums. */
  static double dot(double[] a, double[] b, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int j = 0;
    for (; j + 7 < length; j += 8) {
      s0 += a[j] * b[j];
      s1 += a[j + 1] * b[j + 1];
      s2 += a[j + 2] * b[j + 2];
      s3 += a[j + 3] * b[j + 3];
      s4 += a[j + 4] * b[j + 4];
      s5 += a[j + 5] * b[j + 5];
      s6 += a[j + 6] * b[j + 6];
      s7 += a[j + 7] * b[j + 7];
    }
    for (; j < length; j++) {
      s0 += a[j] * b[j];
    }
    return ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
  }

  static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted while computing principal axes");
    }
  }
}
