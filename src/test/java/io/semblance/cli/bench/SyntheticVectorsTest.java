package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SyntheticVectorsTest {
  private static final long SEED = 7;
  private static final int ROWS = 2_000;

  private static float[][] rows(SyntheticVectors vectors, int count) {
    float[][] rows = new float[count][vectors.dimension()];
    for (int i = 0; i < count; i++) {
      vectors.row(i, rows[i]);
    }
    return rows;
  }

  private static double dot(float[] left, float[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (double) left[i] * right[i];
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({
    "CLIP, 256",
    "CLIP, 512",
    "ISOTROPIC, 256",
    "ANISOTROPIC, 256",
    "ANISOTROPIC, 512",
    "CLIP, 100"
  })
  void shouldHaveTheMeanCosineOfItsKind(SyntheticVectors.Kind kind, int dimension) {
    float[][] rows = rows(new SyntheticVectors(kind, dimension, SEED), ROWS);

    double sum = 0;
    for (int i = 0; i < ROWS / 2; i++) {
      for (int j = ROWS / 2; j < ROWS; j++) {
        sum += dot(rows[i], rows[j]);
      }
    }
    double mean = sum / (ROWS / 2) / (ROWS / 2);

    System.out.printf("seed %d: %s, %d: mean cosine %.4f%n", SEED, kind, dimension, mean);
    assertThat(mean).isCloseTo(kind.meanCosine(), within(0.01));
  }

  @Test
  void shouldBringOneRowInTwentyOfTheAnisotropicSetWithinEightTenths() {
    float[][] rows = rows(new SyntheticVectors(SyntheticVectors.Kind.ANISOTROPIC, 512, SEED), ROWS);

    long above = 0;
    for (int i = 0; i < ROWS / 2; i++) {
      for (int j = ROWS / 2; j < ROWS; j++) {
        above += dot(rows[i], rows[j]) >= 0.8 ? 1 : 0;
      }
    }
    double share = above / (ROWS / 2.0) / (ROWS / 2.0);

    System.out.printf("seed %d: %.4f of the pairs reach 0.80%n", SEED, share);
    assertThat(share).isBetween(0.03, 0.07);
  }

  @ParameterizedTest
  @EnumSource(SyntheticVectors.Kind.class)
  void shouldMakeUnitVectors(SyntheticVectors.Kind kind) {
    for (float[] row : rows(new SyntheticVectors(kind, 100, SEED), 500)) {
      assertThat(dot(row, row)).isCloseTo(1, within(1e-5));
    }
  }

  @ParameterizedTest
  @EnumSource(SyntheticVectors.Kind.class)
  void shouldMakeTheSameVectorsForTheSameSeedInAnyOrder(SyntheticVectors.Kind kind) {
    SyntheticVectors vectors = new SyntheticVectors(kind, 64, SEED);
    SyntheticVectors again = new SyntheticVectors(kind, 64, SEED);
    SyntheticVectors others = new SyntheticVectors(kind, 64, SEED + 1);
    float[][] rows = rows(vectors, 300);

    float[] row = new float[64];
    for (int i = rows.length - 1; i >= 0; i--) {
      again.row(i, row);
      assertThat(row).containsExactly(rows[i]);
      others.row(i, row);
      assertThat(row).isNotEqualTo(rows[i]);
    }
    float[] query = new float[64];
    vectors.query(3, 300, query);
    again.query(3, 300, row);
    assertThat(row).containsExactly(query);
  }

  /** Reports of different machines are about the same vectors. */
  @Test
  void shouldMakeTheSameVectorsOnEveryMachine() {
    float[][] rows = rows(new SyntheticVectors(SyntheticVectors.Kind.CLIP, 128, SEED), 200);

    assertThat(Arrays.deepHashCode(rows)).isEqualTo(-1_975_284_741);
  }

  @Test
  void shouldPlantNearDuplicatesInAboutOneRowOfAHundred() {
    float[][] rows = rows(new SyntheticVectors(SyntheticVectors.Kind.ISOTROPIC, 256, SEED), ROWS);

    int planted = 0;
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < i; j++) {
        double cosine = dot(rows[i], rows[j]);
        if (cosine > 0.8) {
          planted++;
          assertThat(cosine).isBetween(0.899, 0.991);
        }
      }
    }

    System.out.printf("seed %d: %d of %d planted%n", SEED, planted, ROWS);
    assertThat(planted).isBetween(8, 40);
  }

  @Test
  void shouldMakeEverySecondQueryANearDuplicate() {
    SyntheticVectors vectors = new SyntheticVectors(SyntheticVectors.Kind.ISOTROPIC, 256, SEED);
    float[][] rows = rows(vectors, 500);

    float[] query = new float[256];
    for (int i = 0; i < 20; i++) {
      vectors.query(i, rows.length, query);
      double best = Arrays.stream(rows).mapToDouble(row -> dot(row, query)).max().orElseThrow();
      assertThat(best > 0.89).as("query %d: %f", i, best).isEqualTo(i % 2 == 1);
    }
  }

  @ParameterizedTest
  @EnumSource(SyntheticVectors.Kind.class)
  void shouldHaveAFewDominatingDirectionsUnlessIsotropic(SyntheticVectors.Kind kind) {
    float[][] rows = rows(new SyntheticVectors(kind, 256, SEED), 1_000);

    // 1 / the mean squared cosine of differences of rows is their effective dimension.
    double squares = 0;
    int pairs = 0;
    for (int i = 0; i + 3 < rows.length; i += 4) {
      for (int j = 0; j + 3 < rows.length; j += 4) {
        if (i != j) {
          double cosine = cosineOfDifferences(rows, i, j);
          squares += cosine * cosine;
          pairs++;
        }
      }
    }
    double effective = pairs / squares;

    System.out.printf("seed %d: %s: effective dimension %.1f%n", SEED, kind, effective);
    if (kind == SyntheticVectors.Kind.ISOTROPIC) {
      assertThat(effective).isGreaterThan(200);
    } else {
      assertThat(effective).isLessThan(60);
    }
  }

  private static double cosineOfDifferences(float[][] rows, int left, int right) {
    float[] one = difference(rows[left], rows[left + 1]);
    float[] other = difference(rows[right], rows[right + 1]);
    return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
  }

  private static float[] difference(float[] left, float[] right) {
    float[] difference = new float[left.length];
    for (int i = 0; i < left.length; i++) {
      difference[i] = left[i] - right[i];
    }
    return difference;
  }
}
