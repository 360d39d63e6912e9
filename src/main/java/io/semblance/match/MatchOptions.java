package io.semblance.match;

import io.semblance.vector.VectorIndex;
import java.time.Duration;

/**
 * How uploads are matched.
 *
 * @param threshold lowest similarity that counts as a match, above 0 and at most 1
 * @param matchesPerShardMax most matches that one shard reports for one probe
 * @param probesPerScanMax most probes scored together in one pass over a shard
 * @param pairRetention how long it is remembered which pairs were alerted
 * @param pairsPerShardMax of how many pairs a shard remembers it; beyond, the oldest are forgotten
 * @param gatherTimeLimit how long a probe waits for the reports of all shards
 */
public record MatchOptions(
    float threshold,
    int matchesPerShardMax,
    int probesPerScanMax,
    Duration pairRetention,
    int pairsPerShardMax,
    Duration gatherTimeLimit) {
  public MatchOptions {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "semblance.match.threshold is %s: it must be above 0 and at most 1".formatted(threshold));
    }
    if (matchesPerShardMax < 1 || matchesPerShardMax > VectorIndex.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "semblance.match.matches-per-shard-max is %d: it must be 1 to %d"
              .formatted(matchesPerShardMax, VectorIndex.LIMIT_MAX));
    }
    if (probesPerScanMax < 1 || probesPerScanMax > PolledProbes.PROBES_MAX) {
      throw new IllegalArgumentException(
          "semblance.match.probes-per-scan-max is %d: it must be 1 to %d"
              .formatted(probesPerScanMax, PolledProbes.PROBES_MAX));
    }
    if (pairRetention.isNegative() || pairRetention.isZero()) {
      throw new IllegalArgumentException(
          "semblance.match.pair-retention is %s: it must be longer than nothing"
              .formatted(pairRetention));
    }
    if (pairsPerShardMax < 1) {
      throw new IllegalArgumentException(
          "semblance.match.pairs-per-shard-max is %d: it must be 1 or more"
              .formatted(pairsPerShardMax));
    }
    if (gatherTimeLimit.isNegative() || gatherTimeLimit.isZero()) {
      throw new IllegalArgumentException(
          "semblance.match.gather-time-limit is %s: it must be longer than nothing"
              .formatted(gatherTimeLimit));
    }
  }
}
