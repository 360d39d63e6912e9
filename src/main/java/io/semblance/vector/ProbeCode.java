package io.semblance.vector;

import java.util.ArrayList;
import java.util.List;

/**
 * A query as seen through a {@link Codebook}, and the bound by which rows are passed over.
 *
 * <h2>Why no row is lost</h2>
 *
 * <p>Let P be the axes, u = Px and v = Pq the exact projections of row and query, û and v̂ those
 * computed in float32, ε ≥ ‖PPᵀ − I‖₂ and γ(k) = k·2⁻²⁴ / (1 − k·2⁻²⁴).
 *
 * <ol>
 *   <li>With the first m rows of P and R = I − PᵀP: q·x = v·u + q·Rx, and q·Rx ≤ |Rq||Rx| +
 *       ε|v||u|, where |Rx|² ≤ |x|² − |u|² + ε|u|². The rest is at most a product of two norms: the
 *       tails.
 *   <li>û and v̂ are float32 sums of groups of 32: |û − u| ≤ a|x|, a = √D γ(32 + D/32 + 1)(1 + ε).
 *       Hence v·u ≤ v̂·û + (2a(1 + ε) + a²)|q||x|, and a tail computed as √(|x|²(1 + s) − |û|²)
 *       with s = 2a(1 + ε + a) + ε(1 + ε) is no less than |Rx|.
 *   <li>û = o + s∘c + e: offset, step times code, quantisation error. v̂·û ≤ v̂·o + Σ (v̂ₖsₖ)cₖ +
 *       |v̂||e|, with |e| at most the block's largest.
 *   <li>The query's weights are quantised too: v̂ₖsₖ = σ(wₖ + δₖ) with integer wₖ. Σ (v̂ₖsₖ)cₖ ≤ σI
 *       + σ|δ||c| with the exact integer I = Σ wₖcₖ.
 *   <li>The tail's code is rounded up, and so is its weight; what exceeds the largest code is added
 *       as the block's excess.
 *   <li>The canonical score differs from q·x by at most γ(D/64 + 6)|q||x|.
 * </ol>
 *
 * <p>A row may be passed over if the sum of all that is less than the score needed, strictly. What
 * is not passed over meets the canonical kernel: a brute-force scan's own.
 *
 * <p>I is summed in 16 bits. Intermediate sums may wrap; the final one cannot, because σ is chosen
 * so that |w||c| + 127·wₜ ≤ 32,767 for every code seen so far; blocks with longer ones, which came
 * later, are not judged by their codes ({@link #covers}).
 *
 * <p>Parts of rows hold the same codes, so that the same bound holds for their sums. Each of their
 * 16-bit lanes sums two products, at most |w||c| as well; the lanes are added up in float32, in any
 * order, and a part's tail is taken off again before the next part is added.
 *
 * <p>For one thread; made after the search has read the index's sequence number.
 */
final class ProbeCode {
  /** A sum that is needed where every row has it. */
  static final int ALL_REACH = Short.MIN_VALUE - 1;

  /** A sum that is needed where no row has it. */
  static final int NONE_REACHES = Short.MAX_VALUE + 1;

  private static final int SHORT_MAX = Short.MAX_VALUE;

  /** Rounding 31 weights moves their norm by at most √31 / 2. */
  private static final double ROUNDING_NORM = Math.sqrt(Codebook.SLAB_DIMENSIONS) / 2;

  private final Codebook codebook;
  private final int slabs;
  private final short[][] weights;
  private final double[] scales;
  private final double[] weightErrors;
  private final double[] weightNorms;
  private final double[] slabNorms;
  private final double[] offsetSums;
  private final float[] codeNormsAllowed;
  private final PartWeights[] parts;
  private final double[] partConstants;
  private final double[] tails;
  private final double[] tailBases;
  private final double slack;
  private final double underflow;
  private final double inverseScale;
  private final double firstConstant;
  private final double firstCodeNormFactor;
  private final boolean usable;

  /**
   * @param projection of queries by {@code codebook}
   * @param query which of them
   */
  ProbeCode(Codebook codebook, Projection projection, int query) {
    this.codebook = codebook;
    this.slabs = codebook.slabs();
    this.weights = new short[slabs][SlabSums.WEIGHTS];
    this.scales = new double[slabs];
    this.weightErrors = new double[slabs];
    this.weightNorms = new double[slabs];
    this.slabNorms = new double[slabs];
    this.offsetSums = new double[slabs];
    this.tailBases = new double[slabs];
    this.codeNormsAllowed = new float[slabs];
    this.tails = projection.tails(query).clone();
    double norm = projection.norm(query);
    this.slack = codebook.relativeSlack() * norm;
    this.underflow = codebook.underflow(norm);
    for (int slab = 0; slab < slabs; slab++) {
      quantise(slab, projection.rotated(query));
    }
    this.inverseScale = 1 / scales[0];
    this.firstConstant = offsetSums[0] + tailBases[0] + underflow;
    this.firstCodeNormFactor = scales[0] * weightErrors[0];
    this.parts = new PartWeights[codebook.rowParts()];
    this.partConstants = new double[parts.length];
    for (int part = 0; part < parts.length; part++) {
      int first = part * CodeLayout.PART_SLABS;
      parts[part] = new PartWeights(this, first, lastSlab(part) - first + 1);
      partConstants[part] = partConstant(part);
    }
    this.usable = norm > 0 && Double.isFinite(norm);
  }

  /** Returns a probe's code by {@code codebook}, which it is given if it has none. */
  static ProbeCode of(Probe probe, Codebook codebook, Projector projector) {
    if (!probe.hasCodeBy(codebook)) {
      give(List.of(probe), codebook, projector);
    }
    return probe.codeGiven();
  }

  /** Gives codes by {@code codebook} to those probes that have none by it. */
  static void give(List<Probe> probes, Codebook codebook, Projector projector) {
    List<Probe> without = new ArrayList<>();
    for (Probe probe : probes) {
      if (!probe.hasCodeBy(codebook)) {
        without.add(probe);
      }
    }
    if (without.isEmpty()) {
      return;
    }
    Projection projection = new Projection(codebook, projector);
    for (int first = 0; first < without.size(); first += Projector.VECTORS) {
      List<Probe> some =
          without.subList(first, Math.min(first + Projector.VECTORS, without.size()));
      projection.of(some.stream().map(Probe::vector).toArray(float[][]::new), some.size());
      for (int query = 0; query < some.size(); query++) {
        some.get(query).use(new ProbeCode(codebook, projection, query));
      }
    }
  }

  private void quantise(int slab, float[] rotated) {
    double[] exact = new double[Codebook.SLAB_DIMENSIONS];
    double squares = 0;
    double offsets = 0;
    double norms = 0;
    for (int i = 0; i < exact.length; i++) {
      int d = slab * Codebook.SLAB_DIMENSIONS + i;
      double component = rotated[d];
      exact[i] = component * codebook.step(d);
      squares += exact[i] * exact[i];
      offsets += component * codebook.offset(d);
      norms += component * component;
    }
    float codeNorm = Math.max(1, codebook.codeNormMax(slab));
    codeNormsAllowed[slab] = codeNorm;
    double tailWeight = tails[slab] * codebook.tailStep(slab);
    double room = SHORT_MAX - ROUNDING_NORM * codeNorm - Codebook.CODE_MAX - 1;
    double scale = (Math.sqrt(squares) * codeNorm + Codebook.CODE_MAX * tailWeight) / room;
    if (!(scale > 0)) {
      scale = 1;
    }
    double errors = 0;
    double weightSquares = 0;
    int weightSum = 0;
    for (int i = 0; i < exact.length; i++) {
      long weight = Math.round(exact[i] / scale);
      weights[slab][i] = (short) weight;
      double error = exact[i] / scale - weight;
      errors += error * error;
      weightSquares += (double) weight * weight;
      weightSum += (int) weight;
    }
    weights[slab][Codebook.SLAB_DIMENSIONS] =
        (short) Math.ceil(tailWeight / scale * (1 + Codebook.DOUBLE_SLACK));
    weights[slab][SlabSums.BIAS] = (short) (-RowCodes.CODE_OFFSET * weightSum);
    scales[slab] = scale;
    weightErrors[slab] = Math.sqrt(errors) * (1 + Codebook.DOUBLE_SLACK);
    weightNorms[slab] = Math.sqrt(weightSquares) * (1 + Codebook.DOUBLE_SLACK);
    slabNorms[slab] = Math.sqrt(norms) * (1 + Codebook.DOUBLE_SLACK);
    offsetSums[slab] = offsets + (slab == 0 ? 0 : offsetSums[slab - 1]);
    tailBases[slab] = tails[slab] * codebook.tailBase(slab);
  }

  /** Whether codes can tell anything of this query: not of a zero vector. */
  boolean isUsable() {
    return usable;
  }

  Codebook codebook() {
    return codebook;
  }

  /** Returns the weights of a slab: of 31 dimensions and the tail. */
  short[] weights(int slab) {
    return weights[slab];
  }

  /** Returns what one unit of a slab's integer sum is worth. */
  float scale(int slab) {
    return (float) scales[slab];
  }

  /** Returns whether no code in a block's slab is too long for the weights. */
  boolean covers(RowCodes codes, int block, int slab) {
    return codes.codeNorm(block, slab) <= codeNormsAllowed[slab];
  }

  /** Returns in how many parts rows are looked at. */
  int parts() {
    return parts.length;
  }

  /** Returns the weights of a part of a row's code. */
  PartWeights part(int part) {
    return parts[part];
  }

  /**
   * Returns what the float32 sum over a row's parts up to {@code part}, its last tail included,
   * needs to reach {@code score}; negative infinity where codes of the block cannot tell.
   */
  float partNeeded(int part, RowCodes codes, int block, double score) {
    int last = lastSlab(part);
    double errors = 0;
    for (int slab = 0; slab <= last; slab++) {
      if (codebook.codeNormMax(slab) > codeNormsAllowed[slab] && !covers(codes, block, slab)) {
        return Float.NEGATIVE_INFINITY;
      }
      errors += slabNorms[slab] * codes.error(block, slab);
    }
    double constant =
        partConstants[part]
            + errors
            + tails[last] * codes.tailExcess(block, last)
            + (slack + underflow) * codes.rowNorm(block);
    return Math.nextDown((float) (score - constant));
  }

  private int lastSlab(int part) {
    return Math.min((part + 1) * CodeLayout.PART_SLABS, slabs) - 1;
  }

  /** All of the bound of a part's sum but the sum and what depends on the block. */
  private double partConstant(int part) {
    int last = lastSlab(part);
    double errors = 0;
    double magnitude = 0;
    for (int slab = 0; slab <= last; slab++) {
      errors += scales[slab] * weightErrors[slab] * codeNormsAllowed[slab];
      magnitude += scales[slab] * weightNorms[slab] * codeNormsAllowed[slab];
    }
    for (int before = 0; before <= part; before++) {
      magnitude += largestTail(lastSlab(before));
    }
    return offsetSums[last]
        + tailBases[last]
        + underflow
        + errors
        + Codebook.gamma((part + 1) * PartWeights.ROUNDINGS) * magnitude;
  }

  /** Returns the most that a slab's tail can add to a sum. */
  private double largestTail(int slab) {
    return scales[slab] * weights[slab][Codebook.SLAB_DIMENSIONS] * Codebook.CODE_MAX;
  }

  /**
   * Returns the integer sum that a row of a block needs in slab 0 to reach {@code score}: with less
   * it is passed over. Beyond the range of shorts none, or all, reach it; all do where a code is
   * too long for the weights.
   */
  int needed(RowCodes codes, int block, double score) {
    return needed(codes.firstSlab(block), score);
  }

  /** As above, of the block whose bounds of slab 0 these are. */
  int needed(RowCodes.FirstSlab slab, double score) {
    if (slab.codeNorm() > codeNormsAllowed[0]) {
      return ALL_REACH;
    }
    double needed = (score - constant(slab)) * inverseScale;
    double least = needed - Math.abs(needed) * Codebook.DOUBLE_SLACK;
    return (int) Math.ceil(Math.max(ALL_REACH, Math.min(NONE_REACHES, least)));
  }

  /** Returns the largest score that an integer sum in slab 0 of a block can stand for. */
  float bound(RowCodes codes, int block, int sum) {
    return Math.nextUp((float) (constant(codes.firstSlab(block)) + scales[0] * sum));
  }

  /** All of slab 0's bound but the integer sum. */
  private double constant(RowCodes.FirstSlab slab) {
    return firstConstant
        + slabNorms[0] * slab.error()
        + firstCodeNormFactor * slab.codeNorm()
        + tails[0] * slab.tailExcess()
        + (slack + underflow) * slab.rowNorm();
  }

  /** Begins the bound of one block's sums over several slabs. */
  Depth depth(RowCodes codes, int block) {
    return new Depth(codes, block);
  }

  /** The bound of a block's rows, slab by slab. */
  final class Depth {
    private final RowCodes codes;
    private final int block;
    private double errors;
    private double magnitude;
    private int slab = -1;

    private Depth(RowCodes codes, int block) {
      this.codes = codes;
      this.block = block;
      this.errors = (slack + underflow) * codes.rowNorm(block) + underflow;
    }

    /**
     * Takes the next slab into account and returns what the float32 sum over all slabs so far, the
     * last one's tail included, needs to reach {@code score}; the sum's own roundings are allowed
     * for.
     */
    float next(double score) {
      slab++;
      double codeNorm = codes.codeNorm(block, slab);
      errors += slabNorms[slab] * codes.error(block, slab);
      errors += scales[slab] * weightErrors[slab] * codeNorm;
      magnitude += scales[slab] * weightNorms[slab] * codeNorm;
      double constant =
          offsetSums[slab]
              + tailBases[slab]
              + tails[slab] * codes.tailExcess(block, slab)
              + errors
              + Codebook.gamma(2 * slab + 6) * (magnitude + largestTail(slab));
      return Math.nextDown((float) (score - constant));
    }
  }
}
