package io.semblance.vector;

/**
 * A query's weights laid out as a part of a row's code is read: as little-endian shorts, lane l
 * holds code 2l in its low byte and code 2l + 1 in its high one. Only the last slab's tail counts.
 */
final class PartWeights {
  static final int LANES = CodeLayout.PART_BYTES / 2;

  /**
   * Of a part: the conversion, the scaling and the sum of {@value #LANES} lanes, in any order, and
   * what adds it to the parts before without their tail.
   */
  static final int ROUNDINGS = LANES + 10;

  private final int tailByte;
  private final float tailWeight;
  private final short[] low = new short[LANES];
  private final short[] high = new short[LANES];
  private final short[] biases = new short[LANES];
  private final float[] scales = new float[LANES];

  /**
   * @param first slab of the part
   * @param slabs of the part
   */
  PartWeights(ProbeCode code, int first, int slabs) {
    int last = first + slabs - 1;
    this.tailByte = slabs * Codebook.SLAB_BYTES - 1;
    this.tailWeight = code.scale(last) * code.weights(last)[Codebook.SLAB_DIMENSIONS];
    for (int lane = 0; lane < slabs * Codebook.SLAB_BYTES / 2; lane++) {
      int slab = first + 2 * lane / Codebook.SLAB_BYTES;
      int at = 2 * lane % Codebook.SLAB_BYTES;
      boolean isTail = at + 1 == Codebook.SLAB_DIMENSIONS;
      short[] weights = code.weights(slab);
      low[lane] = weights[at];
      high[lane] = isTail && slab < last ? 0 : weights[at + 1];
      int offsetWeights = weights[at] + (isTail ? 0 : weights[at + 1]);
      biases[lane] = (short) (-RowCodes.CODE_OFFSET * offsetWeights);
      scales[lane] = code.scale(slab);
    }
  }

  /** Returns where in the part the tail lies that counts. */
  int tailByte() {
    return tailByte;
  }

  /** Returns what one unit of that tail is worth. */
  float tailWeight() {
    return tailWeight;
  }

  /** Returns the weights of low bytes. */
  short[] low() {
    return low;
  }

  /** Returns the weights of high bytes. */
  short[] high() {
    return high;
  }

  /** Returns what makes up for the offset of stored codes, lane by lane. */
  short[] biases() {
    return biases;
  }

  /** Returns what one unit of a lane's sum is worth. */
  float[] scales() {
    return scales;
  }
}
