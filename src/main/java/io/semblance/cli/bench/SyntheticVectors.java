package io.semblance.cli.bench;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Unit vectors that are distributed like those of a family of models; the same for the same seed on
 * every machine. A row depends on nothing but the seed and its number.
 *
 * <pre>
 *   row = rotation ( √m · mean  +  √(1 − m) · residual )        m: the mean cosine of two rows
 *   residual = unit ( Gaussian whose i-th variance is i^−decay )    the spectrum
 *            | unit ( √ρ · centre + √(1 − ρ) · such a Gaussian )    in a cluster of tightness ρ
 * </pre>
 *
 * The mean is orthogonal to every residual. One row in {@value #ROWS_PER_PLANTED} is a
 * near-duplicate of an earlier one, at a cosine of {@value #PLANTED_COSINE_MIN} to {@value
 * #PLANTED_COSINE_MAX}; every second query is one too, the others are fresh.
 */
final class SyntheticVectors implements VectorSource {
  /** A row is planted with this probability's inverse. */
  static final int ROWS_PER_PLANTED = 100;

  static final double PLANTED_COSINE_MIN = 0.9;
  static final double PLANTED_COSINE_MAX = 0.99;

  private static final int CLUSTERS = 4_096;
  private static final double TIGHTNESS_MIN = 0.3;
  private static final double TIGHTNESS_MAX = 0.9;

  /** Families of distributions. */
  enum Kind {
    /** Like CLIP's images: a cone, few effective dimensions, half of the rows in clusters. */
    CLIP(0.49, 1.0, 0.5),
    /** No direction differs from another: the worst case of any pruning. */
    ISOTROPIC(0, 0, 0),
    /** Like E5: a narrow cone, in which one row in twenty is within 0.80 of another. */
    ANISOTROPIC(0.73, 0.96, 0);

    private final double meanCosine;
    private final double decay;
    private final double clustered;

    Kind(double meanCosine, double decay, double clustered) {
      this.meanCosine = meanCosine;
      this.decay = decay;
      this.clustered = clustered;
    }

    /** Returns the mean cosine of two unrelated rows. */
    double meanCosine() {
      return meanCosine;
    }
  }

  /** What a random sequence is for: each has sequences of its own. */
  private enum Purpose {
    SET,
    CLUSTER,
    ROW,
    QUERY
  }

  private final Kind kind;
  private final int dimension;
  private final long seed;
  private final float[] deviations;
  private final float[] mean;
  private final float[][] centres;
  private final float[] tightness;
  private final MixingRotation rotation;

  SyntheticVectors(Kind kind, int dimension, long seed) {
    this.kind = kind;
    this.dimension = dimension;
    this.seed = seed;
    SplittableRandom random = random(Purpose.SET, 0);
    rotation = new MixingRotation(dimension, random);
    mean = isotropic(dimension, random);
    deviations = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      deviations[i] = (float) StrictMath.pow(i + 1, -kind.decay / 2);
    }
    int clusters = kind.clustered > 0 ? CLUSTERS : 0;
    centres = new float[clusters][];
    tightness = new float[clusters];
    for (int i = 0; i < clusters; i++) {
      SplittableRandom own = random(Purpose.CLUSTER, i);
      centres[i] = gaussian(own);
      tightness[i] = (float) own.nextDouble(TIGHTNESS_MIN, TIGHTNESS_MAX);
    }
  }

  /** Returns a vector whose direction is uniformly distributed. */
  static float[] isotropic(int dimension, RandomGenerator random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    scale(vector, 1 / Math.sqrt(dot(vector, vector)));
    return vector;
  }

  @Override
  public String name() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public long rowsMax() {
    return Long.MAX_VALUE;
  }

  @Override
  public void row(long row, float[] into) {
    rotation.rotate(unrotated(row), into);
  }

  @Override
  public void query(int query, long rows, float[] into) {
    SplittableRandom random = random(Purpose.QUERY, query);
    rotation.rotate(
        query % 2 == 0 ? fresh(random) : nearDuplicate(random.nextLong(rows), random), into);
  }

  private float[] unrotated(long row) {
    SplittableRandom random = random(Purpose.ROW, row);
    boolean isPlanted = random.nextInt(ROWS_PER_PLANTED) == 0 && row > 0;
    return isPlanted ? nearDuplicate(random.nextLong(row), random) : fresh(random);
  }

  private float[] nearDuplicate(long row, SplittableRandom random) {
    float[] vector = unrotated(row);
    double cosine = random.nextDouble(PLANTED_COSINE_MIN, PLANTED_COSINE_MAX);
    float[] difference = orthogonal(residual(random), vector);
    blend(vector, cosine * cosine, difference);
    return vector;
  }

  private float[] fresh(SplittableRandom random) {
    float[] vector = mean.clone();
    blend(vector, kind.meanCosine, orthogonal(residual(random), mean));
    return vector;
  }

  private float[] residual(SplittableRandom random) {
    boolean inCluster = random.nextDouble() < kind.clustered;
    float[] residual = gaussian(random);
    if (!inCluster) {
      return residual;
    }
    int cluster = random.nextInt(centres.length);
    float[] vector = centres[cluster].clone();
    blend(vector, tightness[cluster], residual);
    scale(vector, 1 / Math.sqrt(dot(vector, vector)));
    return vector;
  }

  private float[] gaussian(SplittableRandom random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = deviations[i] * (float) random.nextGaussian();
    }
    scale(vector, 1 / Math.sqrt(dot(vector, vector)));
    return vector;
  }

  /** Returns {@code vector} without its part along the unit vector {@code axis}, of unit length. */
  private static float[] orthogonal(float[] vector, float[] axis) {
    double along = dot(vector, axis);
    for (int i = 0; i < vector.length; i++) {
      vector[i] -= (float) along * axis[i];
    }
    scale(vector, 1 / Math.sqrt(dot(vector, vector)));
    return vector;
  }

  /** Makes {@code vector} √share of itself and √(1 − share) of {@code other}. */
  private static void blend(float[] vector, double share, float[] other) {
    float own = (float) Math.sqrt(share);
    float others = (float) Math.sqrt(1 - share);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = own * vector[i] + others * other[i];
    }
  }

  private static void scale(float[] vector, double factor) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= (float) factor;
    }
  }

  private static double dot(float[] left, float[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (double) left[i] * right[i];
    }
    return sum;
  }

  private SplittableRandom random(Purpose purpose, long number) {
    return new SplittableRandom(mix(mix(mix(seed) + purpose.ordinal()) + number));
  }

  /** Spreads neighbouring numbers: the finaliser of MurmurHash3. */
  static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
