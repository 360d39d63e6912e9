package io.semblance.vector;

/**
 * Quantises projected rows by a {@link Codebook}, and measures what that loses. Scratch space: for
 * one thread.
 *
 * <p>The loops over dimensions keep to int and float arrays and to one operation after the other,
 * so that C2 vectorises them. What float arithmetic may hide of an error is added to it.
 */
final class RowCoder {
  /** Of the float roundings in measured errors: a square's, and the sum's in double. */
  private static final double SQUARES_SLACK = 1e-6;

  /** What differences of floats may hide: two roundings of at most this share of their size. */
  private static final double DIFFERENCE_SLACK = 2 * 0x1p-24 * 1.02;

  /** More than the norm of differences whose squares underflow. */
  private static final double UNDERFLOW = 0x1p-70;

  /** Added and taken off again, leaves the nearest integer of a small float: its last bit is 1. */
  private static final float ROUNDING = 0x1.8p23f;

  private final Codebook codebook;
  private final int slabs;
  private final int length;
  private final float[] inverseSteps;
  private final double[] offsetNorms;
  private final float[] squares;
  private final int[] quantised;
  private final byte[] code;
  private final float[] errors;
  private final float[] codeNorms;
  private final float[] tailExcesses;
  private float rowNorm;

  RowCoder(Codebook codebook) {
    this.codebook = codebook;
    this.slabs = codebook.slabs();
    this.length = slabs * Codebook.SLAB_DIMENSIONS;
    this.inverseSteps = new float[length];
    this.offsetNorms = new double[slabs];
    this.squares = new float[length];
    this.quantised = new int[length];
    this.code = new byte[slabs * Codebook.SLAB_BYTES];
    this.errors = new float[slabs];
    this.codeNorms = new float[slabs];
    this.tailExcesses = new float[slabs];
    for (int d = 0; d < length; d++) {
      float inverse = 1 / codebook.step(d);
      inverseSteps[d] = Float.isInfinite(inverse) ? 0 : inverse;
      double offset = codebook.offset(d);
      offsetNorms[d / Codebook.SLAB_DIMENSIONS] += offset * offset;
    }
    for (int slab = 0; slab < slabs; slab++) {
      offsetNorms[slab] = Math.sqrt(offsetNorms[slab]);
    }
  }

  /** Quantises vector {@code v} of a projection by the same codebook. */
  void code(Projection projection, int v) {
    quantise(projection.rotated(v), codebook.offsets(), codebook.steps(), inverseSteps, length);
    double norm = projection.norm(v);
    rowNorm = up(norm);
    for (int slab = 0; slab < slabs; slab++) {
      measure(slab, norm);
      codeTail(slab, projection.tails(v)[slab]);
    }
  }

  private void quantise(
      float[] rotated, float[] offsets, float[] steps, float[] inverses, int count) {
    int[] codes = quantised;
    float[] lost = squares;
    for (int d = 0; d < count; d++) {
      float centred = rotated[d] - offsets[d];
      float wanted = centred * inverses[d];
      float clipped = Math.max(-Codebook.CODE_MAX, Math.min(Codebook.CODE_MAX, wanted));
      float nearest = clipped + ROUNDING - ROUNDING;
      float left = Math.fma(-steps[d], nearest, centred);
      codes[d] = (int) nearest;
      lost[d] = left * left;
    }
  }

  private void measure(int slab, double norm) {
    int first = slab * Codebook.SLAB_DIMENSIONS;
    double lost = 0;
    int codeSquares = 0;
    for (int i = 0; i < Codebook.SLAB_DIMENSIONS; i++) {
      int value = quantised[first + i];
      lost += squares[first + i];
      codeSquares += value * value;
      code[slab * Codebook.SLAB_BYTES + i] = (byte) (value + RowCodes.CODE_OFFSET);
    }
    double hidden =
        SQUARES_SLACK * Math.sqrt(lost) + DIFFERENCE_SLACK * (norm + offsetNorms[slab]) + UNDERFLOW;
    errors[slab] = up(Math.sqrt(lost) + hidden * codebook.slackFactor());
    codeNorms[slab] = up(Math.sqrt(codeSquares));
  }

  private void codeTail(int slab, double tail) {
    double base = codebook.tailBase(slab);
    double step = codebook.tailStep(slab);
    double above = tail - base;
    int value = 0;
    if (above > 0 && step > 0) {
      value = (int) Math.min(Codebook.CODE_MAX, Math.ceil(above / step));
    }
    double excess = tail - (base + step * value);
    tailExcesses[slab] = excess > 0 ? up(excess) : 0;
    code[slab * Codebook.SLAB_BYTES + Codebook.SLAB_DIMENSIONS] = (byte) value;
  }

  /** Rounds to a float that is not less. */
  private static float up(double value) {
    return Math.nextUp((float) (value * (1 + Codebook.DOUBLE_SLACK)));
  }

  /**
   * Returns which share of a vector's square, coded last, its first slab leaves in the dark: its
   * tail and the quantisation error. The less, the more rows a search passes over by it.
   */
  double loss(Projection projection, int v) {
    double norm = projection.norm(v);
    double tail = projection.tails(v)[0];
    double error = errors[0];
    return norm == 0 ? 0 : Math.min(1, (tail * tail + error * error) / (norm * norm));
  }

  /** Returns the code: of each slab 31 dimensions, stored with an offset, and the tail. */
  byte[] code() {
    return code;
  }

  /** Returns the quantisation error's norm in a slab, rounded up. */
  float error(int slab) {
    return errors[slab];
  }

  /** Returns the norm of the code in a slab, rounded up. */
  float codeNorm(int slab) {
    return codeNorms[slab];
  }

  /** Returns by how much the tail exceeds what its code stands for, rounded up. */
  float tailExcess(int slab) {
    return tailExcesses[slab];
  }

  /** Returns the row's norm, rounded up. */
  float rowNorm() {
    return rowNorm;
  }
}
