package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartWeightsTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());

  /** Integers of the row's code, tails but the last left out, make the same number. */
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
  void shouldSumWhatTheCodesSum(int dimension, String kernel) throws Exception {
    System.out.printf("parts of rows: -Dsemblance.seed=%d%n", SEED);
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

    RowCoder coder = new RowCoder(codebook);
    Projection ofRow = new Projection(codebook, kernels.projector());
    for (int row = 0; row < 64; row++) {
      ofRow.of(new float[][] {sample[row]}, 1);
      coder.code(ofRow, 0);
      for (int part = 0; part < probe.parts(); part++) {
        int first = part * CodeLayout.PART_SLABS;
        int end = Math.min(first + CodeLayout.PART_SLABS, codebook.slabs());
        float sum =
            kernels
                .slabSums()
                .partSum(codes.codes(), codes.partOffset(row, part), probe.part(part));
        assertThat((double) sum)
            .as("part %s of row %s", part, row)
            .isCloseTo(sumOfCodes(coder.code(), probe, first, end), within(1e-5));
      }
    }
    segment.release();
    codes.release();
  }

  private static double sumOfCodes(byte[] code, ProbeCode probe, int first, int end) {
    double sum = 0;
    for (int slab = first; slab < end; slab++) {
      int at = slab * Codebook.SLAB_BYTES;
      long units = 0;
      for (int i = 0; i < Codebook.SLAB_DIMENSIONS; i++) {
        units +=
            (long) probe.weights(slab)[i]
                * (Byte.toUnsignedInt(code[at + i]) - RowCodes.CODE_OFFSET);
      }
      if (slab == end - 1) {
        int tail = Codebook.SLAB_DIMENSIONS;
        units += (long) probe.weights(slab)[tail] * code[at + tail];
      }
      sum += probe.scale(slab) * (double) units;
    }
    return sum;
  }
}
