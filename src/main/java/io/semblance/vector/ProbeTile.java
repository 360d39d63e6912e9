package io.semblance.vector;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link SlabSums#TILE} probes that meet the first slabs of blocks together, with their weights as
 * kernels read them. Scratch space too: for one thread.
 */
final class ProbeTile {
  static final int PROBES = SlabSums.TILE;

  private final SlabSums kernel;
  private final Probe[] probes;
  private final short[] needed = new short[PROBES];
  private final long[] reached = new long[PROBES];
  private @Nullable Codebook codebook;
  private SlabSums.@Nullable TileWeights weights;

  /**
   * @param probes {@link #PROBES} of them
   */
  ProbeTile(SlabSums kernel, List<Probe> probes) {
    this.kernel = kernel;
    this.probes = probes.toArray(Probe[]::new);
  }

  Probe[] probes() {
    return probes;
  }

  /** Takes the weights of the probes' codes, which have been given by {@code codebook}. */
  void use(Codebook codebook) {
    if (this.codebook != codebook) {
      short[][] ofProbes = new short[PROBES][];
      for (int i = 0; i < PROBES; i++) {
        ofProbes[i] = probes[i].codeGiven().weights(0);
      }
      weights = kernel.tileWeights(ofProbes);
      this.codebook = codebook;
    }
  }

  /**
   * Leaves of some rows of a block those that the first slab cannot pass over.
   *
   * @param rows of each probe: bit r for row r of the block
   * @return whether there are any
   */
  boolean prune(RowCodes codes, ScannedBlock block, long[] rows) {
    SlabSums.TileWeights weights = this.weights;
    if (weights == null) {
      throw new IllegalStateException("the tile was given no codes");
    }
    RowCodes.FirstSlab slab = block.firstSlab(codes);
    long any = 0;
    for (int i = 0; i < PROBES; i++) {
      int least = probes[i].codeGiven().needed(slab, probes[i].bar());
      rows[i] = least > Short.MAX_VALUE ? 0 : rows[i];
      needed[i] = (short) Math.max(least, Short.MIN_VALUE);
      any |= rows[i];
    }
    if (any == 0) {
      return false;
    }
    kernel.reach(codes.codes(), codes.slabOffset(block.number(), 0), weights, needed, reached);
    any = 0;
    for (int i = 0; i < PROBES; i++) {
      rows[i] &= reached[i];
      any |= rows[i];
    }
    return any != 0;
  }
}
