package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SymmetricEigenTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 17, 64, 100, 257})
  void shouldReconstructRandomMatrices(int dimension) throws Exception {
    long seed = dimension;
    Random random = new Random(seed);
    double[][] matrix = new double[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j <= i; j++) {
        matrix[i][j] = random.nextGaussian();
        matrix[j][i] = matrix[i][j];
      }
    }

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    assertDecomposes(eigen, matrix, "seed " + seed);
  }

  /** The eigenvalues of tridiag(-1, 2, -1) are {@code 2 - 2 cos(kπ / (n + 1))}. */
  @Test
  void shouldFindKnownEigenvalues() throws Exception {
    int dimension = 100;
    double[][] matrix = new double[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      matrix[i][i] = 2;
      if (i > 0) {
        matrix[i][i - 1] = -1;
        matrix[i - 1][i] = -1;
      }
    }

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    for (int i = 0; i < dimension; i++) {
      double expected = 2 - 2 * Math.cos((dimension - i) * Math.PI / (dimension + 1));
      assertThat(eigen.values()[i]).isCloseTo(expected, within(1e-13));
    }
    assertDecomposes(eigen, matrix, "tridiagonal");
  }

  @Test
  void shouldSortADiagonalMatrix() throws Exception {
    double[][] matrix = {{-1, 0, 0, 0}, {0, 5, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 5}};

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    assertThat(eigen.values()).containsExactly(5, 5, 0, -1);
    assertDecomposes(eigen, matrix, "diagonal");
  }

  /** Wilkinson's matrix W₂₁⁺ has pairs of eigenvalues that agree in up to 14 digits. */
  @Test
  void shouldSeparateNearlyEqualEigenvalues() throws Exception {
    double[][] matrix = new double[21][21];
    for (int i = 0; i < 21; i++) {
      matrix[i][i] = Math.abs(i - 10);
      if (i > 0) {
        matrix[i][i - 1] = 1;
        matrix[i - 1][i] = 1;
      }
    }

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    assertThat(eigen.values()[0]).isCloseTo(10.746194182903393, within(1e-13));
    assertThat(eigen.values()[1]).isCloseTo(10.746194182903322, within(1e-13));
    assertDecomposes(eigen, matrix, "Wilkinson");
  }

  /** The Hilbert matrix's eigenvalues fall below rounding; tiny and huge scales must not matter. */
  @ParameterizedTest
  @ValueSource(ints = {-900, -300, 0, 300, 900})
  void shouldWithstandBadConditionAndScale(int exponent) throws Exception {
    int dimension = 40;
    double[][] matrix = new double[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < dimension; j++) {
        matrix[i][j] = Math.scalb(1.0 / (i + j + 1), exponent);
      }
    }

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    assertDecomposes(eigen, matrix, "exponent " + exponent);
  }

  /** Elements whose squares underflow must not spoil the reflections. */
  @Test
  void shouldStayOrthonormalWhereSquaresUnderflow() throws Exception {
    long seed = 3;
    Random random = new Random(seed);
    int dimension = 30;
    double[][] matrix = new double[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j <= i; j++) {
        matrix[i][j] = Math.scalb(random.nextGaussian(), -random.nextInt(600));
        matrix[j][i] = matrix[i][j];
      }
    }

    SymmetricEigen.Result eigen = SymmetricEigen.decompose(copy(matrix));

    assertDecomposes(eigen, matrix, "seed " + seed);
  }

  /** Checks {@code VVᵀ = I}, {@code Av = λv} and the order. */
  private static void assertDecomposes(
      SymmetricEigen.Result eigen, double[][] matrix, String description) {
    int dimension = matrix.length;
    double norm = Double.MIN_NORMAL;
    for (double value : eigen.values()) {
      norm = Math.max(norm, Math.abs(value));
    }
    double tolerance = 1e-15 * (10 + dimension);
    for (int i = 0; i < dimension; i++) {
      double[] vector = eigen.vectors()[i];
      if (i > 0) {
        assertThat(eigen.values()[i]).as(description).isLessThanOrEqualTo(eigen.values()[i - 1]);
      }
      for (int j = 0; j < dimension; j++) {
        assertThat(dot(vector, eigen.vectors()[j]))
            .as("%s, vectors %d and %d", description, i, j)
            .isCloseTo(i == j ? 1 : 0, within(tolerance));
        double residual = dot(matrix[j], vector) - eigen.values()[i] * vector[j];
        assertThat(residual / norm)
            .as("%s, residual of vector %d", description, i)
            .isCloseTo(0, within(tolerance));
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[][] copy(double[][] matrix) {
    double[][] copy = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      copy[i] = matrix[i].clone();
    }
    return copy;
  }
}
