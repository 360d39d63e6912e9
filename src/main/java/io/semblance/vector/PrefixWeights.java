package io.semblance.vector;

/**
 * A query's weights laid out as prefix rows are read: as little-endian shorts, lane l holds code 2l
 * in its low byte and code 2l + 1 in its high one. Only the last slab's tail counts.
 */
final class PrefixWeights {
  static final int LANES = CodeLayout.PREFIX_BYTES / 2;

  /** Of the conversion, the scaling and the sum of {@value #LANES} lanes, in any order. */
  static final int ROUNDINGS = LANES + 6;

  private final int slabs;
  private final short[] low = new short[LANES];
  private final short[] high = new short[LANES];
  private final short[] biases = new short[LANES];
  private final float[] scales = new float[LANES];

  PrefixWeights(ProbeCode code, int slabs) {
    this.slabs = slabs;
    for (int lane = 0; lane < slabs * Codebook.SLAB_BYTES / 2; lane++) {
      int slab = 2 * lane / Codebook.SLAB_BYTES;
      int at = 2 * lane % Codebook.SLAB_BYTES;
      boolean isTail = at + 1 == Codebook.SLAB_DIMENSIONS;
      short[] weights = code.weights(slab);
      low[lane] = weights[at];
      high[lane] = isTail && slab < slabs - 1 ? 0 : weights[at + 1];
      int offsetWeights = weights[at] + (isTail ? 0 : weights[at + 1]);
      biases[lane] = (short) (-RowCodes.CODE_OFFSET * offsetWeights);
      scales[lane] = code.scale(slab);
    }
  }

  /** Returns how many slabs a prefix row has. */
  int slabs() {
    return slabs;
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
