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

  /**
   * Where the first part of a code leaves more than this share of rows' squares in the dark, most
   * rows of a block are looked at to their end: then all slabs lie by dimension.
   */
  private static final double REST_MAX = 0.25;

  /** Rows of a sample whose loss is measured, about. */
  private static final int LOSS_ROWS = 1_000;

  private static final double ETA = 0x1p-24;

  /** Axes that deviate more bound too loosely to be of use. */
  private static final double DEVIATION_MAX = 1e-2;

  private final int dimension;
  private final double deviation;
  private final int stride;
  private final int slabs;

  /** The axes, as {@link Projector#project} takes them. */
  private final float[] matrix;

  private final double slackFactor;
  private final double tailSlack;
  private final double relativeSlack;
  private final float[] offsets;
  private final float[] steps;
  private final float[] tailBases;
  private final float[] tailSteps;
  private final float[] codeNormMax;
  private double sampleLoss;
  private int slabsByDimension;

  /**
   * @param axes orthonormal rows, D×D, but for {@code deviation}
   * @param deviation an upper bound of ‖PPᵀ − I‖₂ of the rows P
   * @param sample rows, of which the quantisers learn their ranges
   * @param projector projects them
   * @throws IllegalArgumentException if the axes are too far from orthonormal to bound anything
   */
  Codebook(float[][] axes, double deviation, float[][] sample, Projector projector) {
    this(axes, deviation, sample, projector, 1);
  }

  /** As above, with the allowance for roundings changed by a factor: a test shows its need. */
  Codebook(
      float[][] axes, double deviation, float[][] sample, Projector projector, double slackFactor) {
    this(axes, deviation, slackFactor);
    learnRanges(sample, projector);
    measure(sample, projector);
  }

  /** Measures what codes of the sample's rows leave in the dark. */
  private void measure(float[][] sample, Projector projector) {
    Projection projection = new Projection(this, projector);
    RowCoder coder = new RowCoder(this);
    int first = Math.min(CodeLayout.PART_SLABS, slabs);
    double losses = 0;
    double rests = 0;
    int step = Math.max(1, sample.length / LOSS_ROWS);
    int rows = 0;
    for (int row = 0; row < sample.length; row += step) {
      projection.of(new float[][] {sample[row]}, 1);
      coder.code(projection, 0);
      losses += coder.loss(projection, 0);
      double share =
          projection.tails(0)[first - 1] / Math.max(projection.norm(0), Double.MIN_NORMAL);
      rests += share * share;
      rows++;
    }
    sampleLoss = rows == 0 ? 0 : losses / rows;
    slabsByDimension = rests > REST_MAX * rows ? slabs : first;
  }

  /**
   * Makes a codebook of the axes of the coordinates themselves: as good as any others for answers,
   * and known without learning, if not good at telling rows apart.
   */
  static Codebook ofCoordinates(int dimension, float[][] sample, Projector projector) {
    float[][] axes = new float[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      axes[i][i] = 1;
    }
    return new Codebook(axes, 0, sample, projector);
  }

  /** Makes a codebook of the {@link #parts} of another. */
  Codebook(Parts parts) {
    this(parts.axes(), parts.deviation(), 1);
    sampleLoss = parts.sampleLoss();
    slabsByDimension = parts.slabsByDimension();
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
    this.slackFactor = slackFactor;
    this.stride = (dimension + DotProducts.LANES - 1) / DotProducts.LANES * DotProducts.LANES;
    this.slabs = slabs(dimension);
    this.matrix = new float[paddedDimension() * dimension];
    double scoreError = gamma(stride / DotProducts.LANES + 6);
    double projectionError =
        gamma(Projector.roundings(dimension)) * Math.sqrt(dimension) * (1 + deviation);
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
        matrix[position(i, j)] = axes[i][j];
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
      double sampleLoss,
      int slabsByDimension,
      float[] offsets,
      float[] steps,
      float[] tailBases,
      float[] tailSteps) {}

  Parts parts() {
    float[][] axes = new float[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < dimension; j++) {
        axes[i][j] = matrix[position(i, j)];
      }
    }
    return new Parts(
        axes, deviation, sampleLoss, slabsByDimension, offsets, steps, tailBases, tailSteps);
  }

  /** Returns how many slabs codes of vectors of a dimension have. */
  static int slabs(int dimension) {
    return (dimension + SLAB_DIMENSIONS - 1) / SLAB_DIMENSIONS;
  }

  /** Returns γ(k) = kη / (1 − kη), the relative error of k float roundings (Higham, 2002). */
  static double gamma(int roundings) {
    return roundings * ETA / (1 - roundings * ETA);
  }

  private void learnRanges(float[][] sample, Projector projector) {
    float[] low = new float[offsets.length];
    float[] high = new float[offsets.length];
    float[] tailLow = new float[slabs];
    float[] tailHigh = new float[slabs];
    Arrays.fill(low, Float.POSITIVE_INFINITY);
    Arrays.fill(high, Float.NEGATIVE_INFINITY);
    Arrays.fill(tailLow, Float.POSITIVE_INFINITY);
    Projection projection = new Projection(this, projector);
    for (int first = 0; first < sample.length; first += Projector.VECTORS) {
      int count = Math.min(Projector.VECTORS, sample.length - first);
      projection.of(Arrays.copyOfRange(sample, first, first + count), count);
      for (int v = 0; v < count; v++) {
        float[] rotated = projection.rotated(v);
        for (int d = 0; d < dimension; d++) {
          low[d] = Math.min(low[d], rotated[d]);
          high[d] = Math.max(high[d], rotated[d]);
        }
        double[] tails = projection.tails(v);
        for (int slab = 0; slab < slabs; slab++) {
          tailLow[slab] = Math.min(tailLow[slab], (float) tails[slab]);
          tailHigh[slab] = Math.max(tailHigh[slab], (float) tails[slab]);
        }
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

  int dimension() {
    return dimension;
  }

  int slabs() {
    return slabs;
  }

  /** Returns how many slabs of a code lie by dimension: those of the first part, or all. */
  int slabsByDimension() {
    return slabsByDimension;
  }

  /** Returns how many parts a row's code has that lie by row. */
  int rowParts() {
    return slabsByDimension == slabs
        ? 1
        : (slabs + CodeLayout.PART_SLABS - 1) / CodeLayout.PART_SLABS;
  }

  /** Returns the length of projections: all slabs' dimensions, up to a multiple of tiles. */
  int paddedDimension() {
    return (slabs * SLAB_DIMENSIONS + Projector.TILE - 1) / Projector.TILE * Projector.TILE;
  }

  private int position(int axis, int component) {
    int tile = axis / Projector.TILE;
    return (tile * dimension + component) * Projector.TILE + axis % Projector.TILE;
  }

  float[] matrix() {
    return matrix;
  }

  /** Returns the mean {@link RowCoder#loss} of the rows that the codebook was learnt from. */
  double sampleLoss() {
    return sampleLoss;
  }

  /** Returns what allowances for roundings are multiplied by: 1 but in tests. */
  double slackFactor() {
    return slackFactor;
  }

  /** Returns s, by which squared norms of projections may differ from true ones, relatively. */
  double tailSlack() {
    return tailSlack;
  }

  /** Returns the middle of each rotated dimension's range; not to be changed. */
  float[] offsets() {
    return offsets;
  }

  /** Returns what one unit of each rotated dimension's code is worth; not to be changed. */
  float[] steps() {
    return steps;
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

  /**
   * Absolute errors where float32 underflows, of canonical scores, of projections and of scales; of
   * a row longer than 1 they are as many times larger.
   */
  double underflow(double queryNorm) {
    return (dimension + SLAB_BYTES) * 0x1p-136 * (1 + queryNorm);
  }

  /** Returns the largest norm of a code in a slab, of rows already visible. */
  float codeNormMax(int slab) {
    return codeNormMax[slab];
  }

  /** Notes norms of codes, slab by slab and block by block, at opening; any thread. */
  synchronized void observeCodeNorms(float[] norms) {
    for (int i = 0; i < norms.length; i++) {
      observeCodeNorm(i % slabs, norms[i]);
    }
  }

  /** Notes a code's norm before its row becomes visible; under the row lock. */
  void observeCodeNorm(int slab, float norm) {
    if (norm > codeNormMax[slab]) {
      codeNormMax[slab] = norm;
    }
  }
}
