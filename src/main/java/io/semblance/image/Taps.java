package io.semblance.image;

/**
 * Fixed-point weights of one axis, for a window of outputs: output i sums {@code counts[i]} sources
 * from {@code starts[i]} on, with the weights from {@code i * stride} on.
 */
final class Taps {
  final int[] starts;
  final int[] counts;
  final int[] weights;
  final int stride;

  private Taps(int outputs, int stride) {
    this.starts = new int[outputs];
    this.counts = new int[outputs];
    this.weights = new int[Math.multiplyExact(outputs, stride)];
    this.stride = stride;
  }

  static Taps of(int in, int out, int first, int count, Resampling resampling) {
    if (in == out) {
      return identity(first, count);
    }
    double scale = (double) in / out;
    double filterScale = Math.max(scale, 1);
    double support = resampling.support() * filterScale;
    double inverse = 1 / filterScale;
    int stride = Math.min(in, (int) Math.ceil(support) * 2 + 1);
    Taps taps = new Taps(count, stride);
    double[] weights = new double[stride];
    for (int i = 0; i < count; i++) {
      double center = (first + i + 0.5) * scale;
      int start = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(in, (int) (center + support + 0.5));
      double sum = 0;
      for (int x = 0; x < end - start; x++) {
        weights[x] = resampling.weight((x + start - center + 0.5) * inverse);
        sum += weights[x];
      }
      taps.starts[i] = start;
      taps.counts[i] = end - start;
      for (int x = 0; x < end - start; x++) {
        double fixed =
            (sum == 0 ? weights[x] : weights[x] / sum) * (1 << ImageResizer.FRACTION_BITS);
        taps.weights[i * stride + x] = (int) (fixed < 0 ? fixed - 0.5 : fixed + 0.5);
      }
    }
    return taps;
  }

  private static Taps identity(int first, int count) {
    Taps taps = new Taps(count, 1);
    for (int i = 0; i < count; i++) {
      taps.starts[i] = first + i;
      taps.counts[i] = 1;
      taps.weights[i] = 1 << ImageResizer.FRACTION_BITS;
    }
    return taps;
  }

  int firstSource() {
    return starts[0];
  }

  int endSource() {
    int last = starts.length - 1;
    return starts[last] + counts[last];
  }
}
