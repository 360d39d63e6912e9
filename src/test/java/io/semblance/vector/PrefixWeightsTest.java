package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixWeightsTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());

  /** A prefix row repeats its row's first slabs, so both sums over them are the same number. */
  @ParameterizedTest
  @CsvSource({
    "20, scalar",
    "20, 512",
    "64, 256",
    "93, 128",
    "124, scalar",
    "124, 512",
    "300, scalar",
    "300, 128",
    "300, 256",
    "300, 512"
  })
  void shouldSumWhatTheSlabsSum(int dimension, String kernel) throws Exception {
    System.out.printf("prefix rows: -Dsemblance.seed=%d%n", SEED);
    Random random = new Random(SEED);
    Kernels kernels = KernelProvider.create(kernel);
    float[][] sample = new float[64][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = BruteForce.unitVector(dimension, random);
    }
    PrincipalAxes axes = PrincipalAxes.of(dimension, sample);
    Codebook codebook =
        new Codebook(
            axes.axes(), PrincipalAxes.deviation(axes.axes()), sample, kernels.projector());
    RowCodes codes = new RowCodes(codebook, 64);
    PendingCodes pending = new PendingCodes(dimension, kernels.projector());
    IndexOptions options = new IndexOptions(dimension, 64);
    RowSegment segment =
        new RowSegment(
            0,
            options,
            SegmentMemory.anonymous(RowSegment.vectorBytes(options)),
            new DamageReport());
    for (int slot = 0; slot < 64; slot++) {
      segment.write(slot, BruteForce.row("row-" + slot, sample[slot]), 0, 0, slot + 1);
      pending.add(segment, slot, codes);
    }
    Projection projection = new Projection(codebook, kernels.projector());
    projection.of(new float[][] {BruteForce.unitVector(dimension, random)}, 1);
    ProbeCode probe = new ProbeCode(codebook, projection, 0);

    double[] expected = new double[64];
    short[] sums = new short[SlabSums.LENGTH];
    int slabs = probe.prefix().slabs();
    for (int slab = 0; slab < slabs; slab++) {
      kernels.slabSums().sums(codes.codes(), codes.slabOffset(0, slab), probe.weights(slab), sums);
      for (int row = 0; row < 64; row++) {
        expected[row] += probe.scale(slab) * (double) sums[slab == slabs - 1 ? 64 + row : row];
      }
    }
    for (int row = 0; row < 64; row++) {
      float sum =
          kernels.slabSums().prefixSum(codes.codes(), codes.prefixOffset(row), probe.prefix());
      assertThat((double) sum).as("row %s", row).isCloseTo(expected[row], within(1e-5));
    }
    segment.release();
    codes.release();
  }
}
