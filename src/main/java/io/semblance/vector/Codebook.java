package io.semblance.vector;

import java.util.Arrays;

/**
 * How vectors become the int8 codes by which searches pass over rows: a rotation, a quantiser for
 * each rotated dimension, and what is known of their errors.
 *
 * <p>A code is cut into slabs. Slab j holds the rotated dimensions 31j to 31j + 30 and, as a 32nd,
 * an upper bound of the norm of all dimensions after them: of the tail. By Cauchy–Schwarz the
 * product of two tails is at most the product of their norms, so that each slab, together with
 * those before it, bounds the whole inner product from above. The rotation should put what
 * distinguishes the rows into the first slabs; it decides how many rows a search can pass over and
 * never what it finds. {@link ProbeCode} has the bound.
 *
 * <p>Immutable but for {@link #codeNormMax}, which only grows; safe for use by many readers and one
 * writer.
 */
final class Codebook {
  /** Rotated dimensions of a slab; its last dimension is the tail. */
  static final int SLAB_DIMENSIONS = 31;

  /** Bytes of a slab of one row. */
  static final int SLAB_BYTES = SLAB_DIMENSIONS + 1;

  /** Largest code; the smallest is its negative. */
  static final int CODE_MAX = 127;

  /** Of double arithmetic in bounds, whose own roundings are smaller by orders of magnitude. */
  static final double DOUBLE_SLACK = 1e-12;

  /** Components projected at a time. */
  private static final int GROUP = 8;

  private static final double ETA = 0x1p-24;

  /** Axes that deviate more bound too loosely to be of use. */
  private static final double DEVIATION_MAX = 1e-2;

  private final int dimension;
  private final double deviation;
  private final int stride;
  private final int slabs;

  /** Column by column: what each component of a vector adds to its projections. */
  private final float[][] columns;

  private final double tailSlack;
  private final double relativeSlack;
  private final float[] offsets;
  private final float[] steps;
  private final float[] tailBases;
  private final float[] tailSteps;
  private final float[] codeNormMax;

  /**
   * @param axes orthonormal rows, D×D, but for {@code deviation}
   * @param deviation an upper bound of ‖PPᵀ − I‖₂ of the rows P
   * @param sample rows, of which the quantisers learn their ranges
   * @throws IllegalArgumentException if the axes are too far from orthonormal to bound anything
   */
  Codebook(float[][] axes, double deviation, float[][] sample) {
    this(axes, deviation, sample, 1);
  }

  /** As above, with the allowance for roundings changed by a factor: a test shows its need. */
  Codebook(float[][] axes, double deviation, float[][] sample, double slackFactor) {
    this(axes, deviation, slackFactor);
    learnRanges(sample);
  }

  /** Makes a codebook of the {@link #parts} of another. */
  Codebook(Parts parts) {
    this(parts.axes(), parts.deviation(), 1);
    System.arraycopy(parts.offsets(), 0, offsets, 0, offsets.length);
    System.arraycopy(parts.steps(), 0, steps, 0, steps.length);
    System.arraycopy(parts.tailBases(), 0, tailBases, 0, tailBases.length);
    System.arraycopy(parts.tailSteps(), 0, tailSteps, 0, tailSteps.length);
  }

  private Codebook(float[][] axes, double deviation, double slackFactor) {
    if (!(deviation <= DEVIATION_MAX)) { // not a number is refused too
      throw new IllegalArgumentException(
          "the axes deviate by %s from orthonormal ones, more than %s"
              .formatted(deviation, DEVIATION_MAX));
    }
    this.dimension = axes.length;
    this.deviation = deviation;
    this.stride = (dimension + DotProducts.LANES - 1) / DotProducts.LANES * DotProducts.LANES;
    this.slabs = slabs(dimension);
    this.columns = new float[(dimension + GROUP - 1) / GROUP * GROUP][dimension];
    double scoreError = gamma(stride / DotProducts.LANES + 6);
    double projectionError =
        gamma(columns.length / GROUP + GROUP) * Math.sqrt(dimension) * (1 + deviation);
    this.tailSlack =
        slackFactor
            * (2 * projectionError * (1 + deviation + projectionError)
                + deviation * (1 + deviation)
                + DOUBLE_SLACK);
    this.relativeSlack =
        slackFactor
            * (2 * projectionError * (1 + deviation)
                + projectionError * projectionError
                + deviation * (1 + deviation)
                + scoreError
                + DOUBLE_SLACK);
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < dimension; j++) {
        columns[j][i] = axes[i][j];
      }
    }
    this.offsets = new float[slabs * SLAB_DIMENSIONS];
    this.steps = new float[slabs * SLAB_DIMENSIONS];
    this.tailBases = new float[slabs];
    this.tailSteps = new float[slabs];
    this.codeNormMax = new float[slabs];
  }

  /** All that makes the same codebook again; {@link #codeNormMax} comes from the codes. */
  record Parts(
      float[][] axes,
      double deviation,
      float[] offsets,
      float[] steps,
      float[] tailBases,
      float[] tailSteps) {}

  Parts parts() {
    float[][] axes = new float[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < dimension; j++) {
        axes[i][j] = columns[j][i];
      }
    }
    return new Parts(axes, deviation, offsets, steps, tailBases, tailSteps);
  }

  /** Returns how many slabs codes of vectors of a dimension have. */
  static int slabs(int dimension) {
    return (dimension + SLAB_DIMENSIONS - 1) / SLAB_DIMENSIONS;
  }

  /** Returns γ(k) = kη / (1 − kη), the relative error of k float roundings (Higham, 2002). */
  static double gamma(int roundings) {
    return roundings * ETA / (1 - roundings * ETA);
  }

  private void learnRanges(float[][] sample) {
    float[] low = new float[offsets.length];
    float[] high = new float[offsets.length];
    float[] tailLow = new float[slabs];
    float[] tailHigh = new float[slabs];
    Arrays.fill(low, Float.POSITIVE_INFINITY);
    Arrays.fill(high, Float.NEGATIVE_INFINITY);
    Arrays.fill(tailLow, Float.POSITIVE_INFINITY);
    Projection projection = new Projection();
    for (float[] row : sample) {
      projection.of(row);
      for (int d = 0; d < dimension; d++) {
        low[d] = Math.min(low[d], projection.rotated[d]);
        high[d] = Math.max(high[d], projection.rotated[d]);
      }
      for (int slab = 0; slab < slabs; slab++) {
        tailLow[slab] = Math.min(tailLow[slab], (float) projection.tails[slab]);
        tailHigh[slab] = Math.max(tailHigh[slab], (float) projection.tails[slab]);
      }
    }
    for (int d = 0; d < dimension; d++) {
      boolean seen = low[d] <= high[d];
      offsets[d] = seen ? (low[d] + high[d]) / 2 : 0;
      steps[d] = seen ? (high[d] - low[d]) / (2 * CODE_MAX) : 0;
    }
    for (int slab = 0; slab < slabs; slab++) {
      boolean seen = tailLow[slab] <= tailHigh[slab];
      tailBases[slab] = seen ? tailLow[slab] : 0;
      tailSteps[slab] = seen ? Math.nextUp((tailHigh[slab] - tailLow[slab]) / CODE_MAX) : 0;
    }
  }

  /** A row or query seen along the axes. Scratch space: for one thread. */
  final class Projection {
    /** Components along the axes, in float32, zero beyond the dimension. */
    final float[] rotated = new float[slabs * SLAB_DIMENSIONS];

    private final float[] sums = new float[dimension];
    private final float[] padded = new float[columns.length];

    /** For each slab an upper bound of the norm of what neither it nor those before it hold. */
    final double[] tails = new double[slabs];

    /** The norm of the row, rounded up. */
    double norm;

    /** Projects {@code vector}, of the dimension; it is not kept. */
    void of(float[] vector) {
      double squares = 0;
      for (int d = 0; d < dimension; d++) {
        squares += (double) vector[d] * vector[d];
      }
      norm = Math.sqrt(squares) * (1 + DOUBLE_SLACK);
      Arrays.fill(sums, 0);
      System.arraycopy(vector, 0, padded, 0, dimension);
      for (int d = 0; d < dimension; d += GROUP) {
        add(sums, columns, d, padded);
      }
      System.arraycopy(sums, 0, rotated, 0, dimension);
      double rest = squares * (1 + tailSlack);
      for (int slab = 0; slab < slabs; slab++) {
        int end = Math.min(dimension, (slab + 1) * SLAB_DIMENSIONS);
        for (int d = slab * SLAB_DIMENSIONS; d < end; d++) {
          rest -= (double) rotated[d] * rotated[d];
        }
        tails[slab] = Math.sqrt(Math.max(0, rest)) * (1 + DOUBLE_SLACK);
      }
    }
  }

  /**
   * Adds a group of components, times their columns, to the projections: a loop over the
   * projections, so that C2 vectorises it. Of each product at most as many roundings follow as a
   * group has components, and one for each group.
   */
  private static void add(float[] sums, float[][] columns, int first, float[] vector) {
    float[] c0 = columns[first];
    float[] c1 = columns[first + 1];
    float[] c2 = columns[first + 2];
    float[] c3 = columns[first + 3];
    float[] c4 = columns[first + 4];
    float[] c5 = columns[first + 5];
    float[] c6 = columns[first + 6];
    float[] c7 = columns[first + 7];
    float v0 = vector[first];
    float v1 = vector[first + 1];
    float v2 = vector[first + 2];
    float v3 = vector[first + 3];
    float v4 = vector[first + 4];
    float v5 = vector[first + 5];
    float v6 = vector[first + 6];
    float v7 = vector[first + 7];
    for (int i = 0; i < sums.length; i++) {
      float group = v0 * c0[i];
      group = Math.fma(v1, c1[i], group);
      group = Math.fma(v2, c2[i], group);
      group = Math.fma(v3, c3[i], group);
      group = Math.fma(v4, c4[i], group);
      group = Math.fma(v5, c5[i], group);
      group = Math.fma(v6, c6[i], group);
      group = Math.fma(v7, c7[i], group);
      sums[i] += group;
    }
  }

  int dimension() {
    return dimension;
  }

  int slabs() {
    return slabs;
  }

  float offset(int dimension) {
    return offsets[dimension];
  }

  float step(int dimension) {
    return steps[dimension];
  }

  float tailBase(int slab) {
    return tailBases[slab];
  }

  float tailStep(int slab) {
    return tailSteps[slab];
  }

  /**
   * By how much a product of float32 projections and tails may fall short of the canonical score,
   * relative to the norms: see {@link ProbeCode}.
   */
  double relativeSlack() {
    return relativeSlack;
  }

  /** Absolute errors where float32 underflows, of canonical scores and of projections. */
  double underflow(double queryNorm) {
    return dimension * 0x1p-140 * (1 + queryNorm);
  }

  /** Returns the largest norm of a code in a slab, of rows already visible. */
  float codeNormMax(int slab) {
    return codeNormMax[slab];
  }

  /** Notes a code's norm before its row becomes visible; writer only. */
  void observeCodeNorm(int slab, float norm) {
    if (norm > codeNormMax[slab]) {
      codeNormMax[slab] = norm;
    }
  }
}
