package io.semblance.vector;

import java.util.Arrays;

/**
 * The principal axes of a sample: the eigenvectors of its uncentred second-moment matrix {@code
 * SᵀS/n}, a full orthonormal basis of the space whatever the sample.
 *
 * <p>The same sample gives the same bits, on every machine.
 *
 * @param axes the axes as rows, by descending eigenvalue
 * @param eigenvalues the mean square of the sample along each axis
 */
record PrincipalAxes(float[][] axes, double[] eigenvalues) {

  /**
   * Computes the axes, in {@code n D² / 2 + 6 D³} multiply-adds or so.
   *
   * @param dimension length of the rows, at least 1
   * @param sample finite rows; with none at all, or all zeros, any basis is principal
   * @throws IllegalArgumentException if the dimension is below 1, or a row has another one or is
   *     not finite
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  static PrincipalAxes of(int dimension, float[][] sample) throws InterruptedException {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be at least 1, but is " + dimension);
    }
    SymmetricEigen.Result eigen = SymmetricEigen.decompose(secondMoments(dimension, sample));
    double[][] vectors = eigen.vectors();
    orthonormalise(vectors);
    float[][] axes = new float[dimension][dimension];
    double[] eigenvalues = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      eigenvalues[i] = Math.max(0, eigen.values()[i]);
      for (int j = 0; j < dimension; j++) {
        axes[i][j] = (float) vectors[i][j];
      }
    }
    return new PrincipalAxes(axes, eigenvalues);
  }

  private static double[][] secondMoments(int dimension, float[][] sample)
      throws InterruptedException {
    OuterProducts products = new OuterProducts(dimension);
    for (int first = 0; first < sample.length; first += OuterProducts.PANEL_ROWS) {
      SymmetricEigen.checkInterrupt();
      for (int row = 0; row < OuterProducts.PANEL_ROWS; row++) {
        double[] target = products.panel()[row];
        if (first + row < sample.length) {
          checkDimension(sample[first + row], dimension);
          for (int j = 0; j < dimension; j++) {
            target[j] = sample[first + row][j];
          }
        } else {
          Arrays.fill(target, 0);
        }
      }
      products.addPanel();
    }
    double[][] moments = products.sum();
    for (double[] row : moments) {
      for (int j = 0; j < dimension; j++) {
        row[j] /= Math.max(1, sample.length);
        if (!Double.isFinite(row[j])) {
          throw new IllegalArgumentException("the sample is not finite in component " + j);
        }
      }
    }
    return moments;
  }

  private static void checkDimension(float[] row, int dimension) {
    if (row.length != dimension) {
      throw new IllegalArgumentException(
          "a row has dimension " + row.length + " instead of " + dimension);
    }
  }

  /** Modified Gram-Schmidt; a safeguard, as the vectors are orthonormal to about 1e-13 before. */
  private static void orthonormalise(double[][] vectors) throws InterruptedException {
    for (int i = 0; i < vectors.length; i++) {
      SymmetricEigen.checkInterrupt();
      double[] vector = vectors[i];
      for (int j = 0; j < i; j++) {
        double overlap = SymmetricEigen.dot(vector, vectors[j], vector.length);
        SymmetricEigen.subtract(vector, vectors[j], overlap, vector.length);
      }
      double norm = Math.sqrt(SymmetricEigen.dot(vector, vector, vector.length));
      for (int k = 0; k < vector.length; k++) {
        vector[k] /= norm;
      }
    }
  }

  /**
   * Returns an upper bound of {@code ‖PPᵀ - I‖₂}, where {@code P} has the given rows: the Frobenius
   * norm, which is no smaller than the spectral norm.
   *
   * <p>Its own rounding is included. The products of two floats are exact in double, and summing
   * {@code d} of them errs by at most {@code γ(d)|pᵢ||pⱼ|} (Higham, <i>Accuracy and Stability of
   * Numerical Algorithms</i>, 2nd ed., section 3.1), which over all elements is at most {@code γ(d)
   * tr(PPᵀ)} in Frobenius norm, where {@code γ(d) = du/(1 - du)} and {@code u = 2⁻⁵³}. The sum of
   * squares and its root err by less than 1e-8, relatively.
   *
   * @param axes rows of equal dimension
   * @return the bound; infinite if an element is not finite
   * @throws IllegalArgumentException if the rows differ in dimension
   */
  static double deviation(float[][] axes) {
    int dimension = axes.length == 0 ? 0 : axes[0].length;
    for (float[] axis : axes) {
      checkDimension(axis, dimension);
    }
    OuterProducts products = new OuterProducts(axes.length);
    for (int first = 0; first < dimension; first += OuterProducts.PANEL_ROWS) {
      for (int row = 0; row < OuterProducts.PANEL_ROWS; row++) {
        double[] target = products.panel()[row];
        for (int i = 0; i < axes.length; i++) {
          target[i] = first + row < dimension ? axes[i][first + row] : 0;
        }
      }
      products.addPanel();
    }
    double[][] gram = products.sum();
    double trace = 0;
    double squares = 0;
    for (int i = 0; i < gram.length; i++) {
      trace += gram[i][i];
      gram[i][i] -= 1;
      squares += SymmetricEigen.dot(gram[i], gram[i], gram.length);
    }
    double bound = (Math.sqrt(squares) + 0x1p-53 * dimension * trace) * (1 + 1e-8);
    return Double.isFinite(bound) ? bound : Double.POSITIVE_INFINITY;
  }
}
