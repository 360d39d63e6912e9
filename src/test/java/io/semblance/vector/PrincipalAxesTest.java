package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrincipalAxesTest {
  /** Twice what rounding to float gives at D = 512. */
  private static final double DEVIATION_MAX = 1.6e-6;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64, 100, 257, 512})
  void shouldGiveAnOrthonormalBasisInDescendingOrder(int dimension) throws Exception {
    long seed = dimension;
    float[][] sample = sample(1_001, dimension, new Random(seed));

    PrincipalAxes principal = PrincipalAxes.of(dimension, sample);

    assertBasis(principal, dimension, "seed " + seed);
    double variance = 0;
    for (float[] row : sample) {
      variance += dot(row, row) / sample.length;
    }
    assertThat(Arrays.stream(principal.eigenvalues()).sum())
        .as("seed %d", seed)
        .isCloseTo(variance, within(1e-9 * variance));
  }

  /** The eigenvalue is the mean square along the axis, by its definition. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 100, 257, 512})
  void shouldMeasureTheMeanSquareAlongEachAxis(int dimension) throws Exception {
    long seed = 100 + dimension;
    float[][] sample = sample(130, dimension, new Random(seed));

    PrincipalAxes principal = PrincipalAxes.of(dimension, sample);

    for (int i = 0; i < dimension; i++) {
      double meanSquare = 0;
      for (float[] row : sample) {
        double along = dot(row, principal.axes()[i]);
        meanSquare += along * along / sample.length;
      }
      assertThat(principal.eigenvalues()[i])
          .as("axis %d, seed %d", i, seed)
          .isCloseTo(meanSquare, within(1e-6 * principal.eigenvalues()[0]));
    }
  }

  /** Rows along known orthonormal directions, of known lengths. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 100, 257})
  void shouldFindKnownAxes(int dimension) throws Exception {
    long seed = 200 + dimension;
    float[][] basis = randomBasis(dimension, dimension, new Random(seed));
    float[][] sample = new float[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      float length = 1 + (dimension - i);
      for (int j = 0; j < dimension; j++) {
        sample[dimension - 1 - i][j] = length * basis[i][j];
      }
    }

    PrincipalAxes principal = PrincipalAxes.of(dimension, sample);

    for (int i = 0; i < dimension; i++) {
      double expected = Math.pow(1.0 + dimension - i, 2) / dimension;
      assertThat(principal.eigenvalues()[i])
          .as("axis %d, seed %d", i, seed)
          .isCloseTo(expected, within(1e-5 * expected));
      assertThat(Math.abs(dot(principal.axes()[i], basis[i])))
          .as("axis %d, seed %d", i, seed)
          .isCloseTo(1, within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 100, 257, 512})
  void shouldSpanALowRankSampleWithTheFirstAxes(int dimension) throws Exception {
    long seed = 300 + dimension;
    Random random = new Random(seed);
    int rank = 9;
    float[][] basis = randomBasis(rank, dimension, random);
    float[][] sample = new float[200][dimension];
    for (float[] row : sample) {
      for (float[] direction : basis) {
        float along = (float) random.nextGaussian();
        for (int j = 0; j < dimension; j++) {
          row[j] += along * direction[j];
        }
      }
    }

    PrincipalAxes principal = PrincipalAxes.of(dimension, sample);

    assertBasis(principal, dimension, "seed " + seed);
    for (float[] row : sample) {
      double spanned = 0;
      for (int i = 0; i < rank; i++) {
        double along = dot(row, principal.axes()[i]);
        spanned += along * along;
      }
      double square = dot(row, row);
      assertThat(spanned).as("seed %d", seed).isCloseTo(square, within(2e-6 * square));
    }
    assertThat(principal.eigenvalues()[rank - 1]).as("seed %d", seed).isGreaterThan(0.1);
    assertThat(principal.eigenvalues()[rank]).as("seed %d", seed).isLessThan(1e-12);
  }

  static Stream<Arguments> degenerateSamples() {
    Random random = new Random(4);
    return Stream.of(1, 2, 64, 100, 257)
        .flatMap(dimension -> {
          float[] row = sample(1, dimension, random)[0];
          float[] unit = new float[dimension];
          unit[dimension / 2] = 1;
          return Stream.of(
              Arguments.of("no rows", dimension, new float[0][]),
              Arguments.of("zeros", dimension, new float[70][dimension]),
              Arguments.of("one row", dimension, new float[][] {row}),
              Arguments.of("one unit row", dimension, new float[][] {unit}),
              Arguments.of("all alike", dimension, repeated(row, 300)),
              Arguments.of("fewer rows", dimension, sample(dimension / 2 + 1, dimension, random)),
              Arguments.of("all axes", dimension, identity(dimension)));
        });
  }

  @ParameterizedTest(name = "{0}, dimension {1}")
  @MethodSource("degenerateSamples")
  void shouldGiveAFullBasisForDegenerateSamples(String name, int dimension, float[][] sample)
      throws Exception {
    PrincipalAxes principal = PrincipalAxes.of(dimension, sample);

    assertBasis(principal, dimension, name + ", seed 4");
  }

  @Test
  void shouldPointTheFirstAxisAlongASingleRow() throws Exception {
    float[][] sample = sample(1, 100, new Random(5));

    PrincipalAxes principal = PrincipalAxes.of(100, sample);

    double square = dot(sample[0], sample[0]);
    double along = dot(sample[0], principal.axes()[0]);
    assertThat(along * along).as("seed 5").isCloseTo(square, within(1e-6 * square));
    assertThat(principal.eigenvalues()[0]).isCloseTo(square, within(1e-12 * square));
  }

  /** The first calls are interpreted, the last ones compiled. */
  @Test
  void shouldGiveTheSameBitsEveryTime() throws Exception {
    float[][] sample = sample(333, 100, new Random(6));
    PrincipalAxes first = PrincipalAxes.of(100, sample);

    for (int i = 0; i < 50; i++) {
      PrincipalAxes again = PrincipalAxes.of(100, sample);

      assertThat(Arrays.deepEquals(again.axes(), first.axes())).as("seed 6").isTrue();
      assertThat(again.eigenvalues()).as("seed 6").isEqualTo(first.eigenvalues());
    }
  }

  /** Scaling by a power of two is exact, so that the smallest and largest floats do as well. */
  @ParameterizedTest
  @ValueSource(ints = {-60, 60, 120})
  void shouldGiveTheSameAxesForAScaledSample(int exponent) throws Exception {
    float[][] sample = sample(300, 64, new Random(7));
    float[][] scaled = new float[300][64];
    for (int i = 0; i < 300; i++) {
      for (int j = 0; j < 64; j++) {
        scaled[i][j] = Math.scalb(sample[i][j], exponent);
      }
    }

    PrincipalAxes principal = PrincipalAxes.of(64, scaled);

    assertThat(Arrays.deepEquals(principal.axes(), PrincipalAxes.of(64, sample).axes()))
        .as("seed 7")
        .isTrue();
  }

  @Test
  void shouldEndWhenInterrupted() {
    float[][] sample = sample(10, 10, new Random(8));
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> PrincipalAxes.of(10, sample)).isInstanceOf(InterruptedException.class);

    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void shouldRejectUnsuitableSamples() {
    assertThatThrownBy(() -> PrincipalAxes.of(0, new float[0][]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PrincipalAxes.of(3, new float[][] {{1, 2, 3}, {1, 2}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 instead of 3");
    assertThatThrownBy(() -> PrincipalAxes.of(2, new float[][] {{1, Float.NaN}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not finite");
  }

  @Test
  void shouldFindNoDeviationInUnitVectors() {
    assertThat(PrincipalAxes.deviation(identity(64))).isBetween(0.0, 1e-11);
    assertThat(PrincipalAxes.deviation(Arrays.copyOf(identity(100), 31))).isBetween(0.0, 1e-11);
    assertThat(PrincipalAxes.deviation(new float[0][])).isZero();
  }

  /** Rows {@code (1 + h) eᵢ} give {@code ((1 + h)² - 1) I}, whose Frobenius norm is known. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65})
  void shouldMeasureAKnownDeviation(int dimension) {
    float[][] axes = identity(dimension);
    for (int i = 0; i < dimension; i++) {
      axes[i][i] = 1 + 0x1p-20f;
    }
    double expected = (0x1p-19 + 0x1p-40) * Math.sqrt(dimension);

    assertThat(PrincipalAxes.deviation(axes)).isBetween(expected, expected * (1 + 1e-6));
  }

  /** {@code |vᵀEv| ≤ ‖E‖₂} for every unit vector; power iteration finds the largest. */
  @ParameterizedTest
  @ValueSource(ints = {1, 31, 100, 257})
  void shouldBoundTheSpectralNorm(int rows) {
    long seed = 400 + rows;
    float[][] axes = randomBasis(rows, 257, new Random(seed));

    double bound = PrincipalAxes.deviation(axes);

    double[][] excess = new double[rows][rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < rows; j++) {
        excess[i][j] = dot(axes[i], axes[j]) - (i == j ? 1 : 0);
      }
    }
    double[] vector = new double[rows];
    Arrays.fill(vector, 1 / Math.sqrt(rows));
    double norm = 0;
    for (int step = 0; step < 200 && (step == 0 || norm > 0); step++) {
      double[] next = new double[rows];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < rows; j++) {
          next[i] += excess[i][j] * vector[j];
        }
      }
      norm = Math.sqrt(Arrays.stream(next).map(value -> value * value).sum());
      for (int i = 0; i < rows; i++) {
        vector[i] = norm == 0 ? 0 : next[i] / norm;
      }
    }
    assertThat(norm).as("seed %d", seed).isLessThanOrEqualTo(bound);
    assertThat(bound).as("seed %d", seed).isLessThan(DEVIATION_MAX);
  }

  @Test
  void shouldCallBrokenAxesInfinitelyDeviant() {
    float[][] axes = identity(3);
    axes[1][2] = Float.NaN;
    assertThat(PrincipalAxes.deviation(axes)).isInfinite();
    axes[1][2] = Float.NEGATIVE_INFINITY;
    assertThat(PrincipalAxes.deviation(axes)).isInfinite();
    axes[1] = new float[4];
    assertThatThrownBy(() -> PrincipalAxes.deviation(axes))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertBasis(PrincipalAxes principal, int dimension, String description) {
    assertThat(principal.axes()).as(description).hasDimensions(dimension, dimension);
    assertThat(principal.eigenvalues()).as(description).hasSize(dimension);
    double worst = 0;
    for (int i = 0; i < dimension; i++) {
      assertThat(principal.eigenvalues()[i])
          .as(description)
          .isBetween(0.0, i == 0 ? Double.MAX_VALUE : principal.eigenvalues()[i - 1]);
      for (int j = 0; j <= i; j++) {
        double product = dot(principal.axes()[i], principal.axes()[j]);
        worst = Math.max(worst, Math.abs(product - (i == j ? 1 : 0)));
      }
    }
    assertThat(worst).as("inner products of axes, %s", description).isLessThan(2e-7);
    assertThat(PrincipalAxes.deviation(principal.axes())).as(description).isLessThan(DEVIATION_MAX);
  }

  /** Rows around a common direction, with less and less variance by dimension. */
  private static float[][] sample(int rows, int dimension, Random random) {
    float[][] sample = new float[rows][dimension];
    for (float[] row : sample) {
      for (int j = 0; j < dimension; j++) {
        row[j] = (float) (0.5 + random.nextGaussian() / Math.sqrt(j + 1.0));
      }
    }
    return sample;
  }

  private static float[][] repeated(float[] row, int times) {
    float[][] rows = new float[times][];
    Arrays.fill(rows, row);
    return rows;
  }

  private static float[][] identity(int dimension) {
    float[][] rows = new float[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      rows[i][i] = 1;
    }
    return rows;
  }

  /** Random orthonormal rows, by Gram-Schmidt done twice. */
  private static float[][] randomBasis(int rows, int dimension, Random random) {
    double[][] basis = new double[rows][dimension];
    float[][] rounded = new float[rows][dimension];
    for (int i = 0; i < rows; i++) {
      Arrays.setAll(basis[i], j -> random.nextGaussian());
      for (int pass = 0; pass < 2; pass++) {
        for (int other = 0; other <= i; other++) {
          double along = 0;
          for (int j = 0; j < dimension; j++) {
            along += basis[i][j] * basis[other][j];
          }
          for (int j = 0; j < dimension; j++) {
            basis[i][j] =
                other < i ? basis[i][j] - along * basis[other][j] : basis[i][j] / Math.sqrt(along);
          }
        }
      }
      for (int j = 0; j < dimension; j++) {
        rounded[i][j] = (float) basis[i][j];
      }
    }
    return rounded;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
