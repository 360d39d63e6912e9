package io.semblance.image;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A {@link RowFilter} that takes two or four source pixels a step.
 *
 * <pre>
 *   bytes    R0 G0 B0 R1 G1 B1 …      3 a pixel, as they lie
 *   spread   R0 G0 B0 ·  R1 G1 B1 ·   4 lanes a pixel, widened to int
 *   weights  w0 w0 w0 w0 w1 w1 w1 w1
 * </pre>
 *
 * <p>The pixels of a sum end up side by side and are folded once an output. Integers wrap alike in
 * any order, so the sums are the scalar filter's.
 */
final class SimdRowFilter implements RowFilter {
  private static final int PIXEL_LANES = 4;

  private static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_PREFERRED.length() >= 16 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;

  private static final VectorSpecies<Byte> BYTES =
      INTS.length() == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** Source pixels of one step. */
  private static final int PIXELS = INTS.length() / PIXEL_LANES;

  private static final VectorShuffle<Byte> SPREAD =
      VectorShuffle.fromOp(BYTES, lane -> lane / PIXEL_LANES * 3 + Math.min(lane % PIXEL_LANES, 2));

  private static final VectorShuffle<Integer> SECOND_HALF =
      VectorShuffle.iota(INTS, INTS.length() / 2, 1, true);

  private static final VectorShuffle<Integer> SECOND_PIXEL =
      VectorShuffle.iota(INTS, PIXEL_LANES, 1, true);

  private final Taps columns;
  private final ScalarRowFilter scalar;
  private final int stride;
  private final int[] weights;
  private final int[] sums;
  private final int reachBytes;

  SimdRowFilter(Taps columns) {
    this.columns = columns;
    scalar = new ScalarRowFilter(columns);
    int steps = (columns.stride + PIXELS - 1) / PIXELS;
    int outputs = columns.starts.length;
    stride = steps * PIXELS * PIXEL_LANES;
    weights = new int[Math.multiplyExact(outputs, stride)];
    sums = new int[outputs * PIXEL_LANES];
    int reach = 0;
    for (int x = 0; x < outputs; x++) {
      for (int t = 0; t < columns.counts[x]; t++) {
        int weight = columns.weights[x * columns.stride + t];
        int at = x * stride + t * PIXEL_LANES;
        weights[at] = weight;
        weights[at + 1] = weight;
        weights[at + 2] = weight;
      }
      int lastStep = (columns.counts[x] - 1) / PIXELS * PIXELS;
      reach = Math.max(reach, (columns.starts[x] + lastStep) * 3 + BYTES.length());
    }
    reachBytes = reach;
  }

  /** Whether this machine has the width that pays. */
  static boolean isSupported() {
    return IntVector.SPECIES_PREFERRED.length() >= 8;
  }

  @Override
  public void filter(byte[] rgb, int from, byte[] out, int to) {
    if (from + reachBytes > rgb.length) { // the last step of the last row reads beyond it
      scalar.filter(rgb, from, out, to);
      return;
    }
    int[] sums = this.sums;
    for (int x = 0; x < columns.starts.length; x++) {
      sum(rgb, from + columns.starts[x] * 3, x * stride, columns.counts[x])
          .intoArray(sums, x * PIXEL_LANES);
    }
    int at = to;
    for (int i = 0; i < sums.length; i += PIXEL_LANES) {
      out[at] = ImageResizer.clip(ImageResizer.HALF + sums[i]);
      out[at + 1] = ImageResizer.clip(ImageResizer.HALF + sums[i + 1]);
      out[at + 2] = ImageResizer.clip(ImageResizer.HALF + sums[i + 2]);
      at += 3;
    }
  }

  /** Returns the weighted sums of R, G and B; the fourth lane means nothing. */
  private IntVector sum(byte[] rgb, int source, int firstWeight, int count) {
    IntVector sum = IntVector.zero(INTS);
    int from = source;
    int weight = firstWeight;
    for (int t = 0; t < count; t += PIXELS) {
      ByteVector pixels = ByteVector.fromArray(BYTES, rgb, from).rearrange(SPREAD);
      IntVector wide = (IntVector) pixels.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      sum = sum.add(wide.mul(IntVector.fromArray(INTS, weights, weight)));
      from += 3 * PIXELS;
      weight += INTS.length();
    }
    if (PIXELS == 4) {
      sum = sum.add(sum.rearrange(SECOND_HALF));
    }
    sum = sum.add(sum.rearrange(SECOND_PIXEL));
    return (IntVector) sum.reinterpretShape(IntVector.SPECIES_128, 0);
  }
}
