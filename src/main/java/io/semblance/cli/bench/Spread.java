package io.semblance.cli.bench;

import java.util.Collection;

/**
 * What several rounds measured of one quantity.
 *
 * @param min what other programs disturbed least, of times
 */
record Spread(double min, double median, double max) {

  /**
   * Summarises the rounds.
   *
   * @throws IllegalArgumentException if there are none
   */
  static Spread of(Collection<Double> rounds) {
    Distribution distribution = Distribution.of(rounds);
    return new Spread(Distribution.min(rounds), Distribution.median(rounds), distribution.max());
  }
}
