package io.semblance.cli.bench;

import java.util.Arrays;
import java.util.Collection;

/**
 * Repeated measurements of one quantity. Percentiles are nearest-rank: each is a value that was
 * measured.
 *
 * @param count how often it was measured
 * @param p50 the median
 * @param p99 the 99th percentile
 * @param max the largest value
 */
record Distribution(int count, double p50, double p99, double max) {

  /**
   * Summarises {@code values}.
   *
   * @throws IllegalArgumentException if there are none
   */
  static Distribution of(Collection<Double> values) {
    double[] sorted = sorted(values);
    return new Distribution(
        sorted.length, percentile(sorted, 50), percentile(sorted, 99), sorted[sorted.length - 1]);
  }

  /** Returns the smallest value. */
  static double min(Collection<Double> values) {
    return sorted(values)[0];
  }

  /** Returns the median; of an even number of values, the mean of the middle two. */
  static double median(Collection<Double> values) {
    double[] sorted = sorted(values);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Returns the smallest value that at least {@code percent} per cent of all do not exceed. */
  private static double percentile(double[] sorted, int percent) {
    int rank = Math.ceilDiv(sorted.length * percent, 100);
    return sorted[Math.max(1, rank) - 1];
  }

  private static double[] sorted(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
