package io.semblance.search;

import io.semblance.vector.SearchHit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The hits of all shards.
 *
 * @param hits best first, at most k, none below the thresholds
 * @param truncated whether hits that reach the thresholds may have been left out
 */
record MergedHits(List<SearchHit> hits, boolean truncated) {
  private static final Comparator<SearchHit> BEST_FIRST =
      Comparator.comparing(SearchHit::score, Comparator.reverseOrder())
          .thenComparing(SearchHit::id);

  MergedHits {
    hits = List.copyOf(hits);
  }

  static MergedHits of(List<ShardAnswer<ShardHits>> answers, SearchParameters parameters) {
    List<SearchHit> hits = new ArrayList<>();
    for (ShardAnswer<ShardHits> answer : answers) {
      hits.addAll(answer.value().hits());
    }
    hits.sort(BEST_FIRST);
    Float share = parameters.relativeThreshold();
    float lowest =
        share == null || hits.isEmpty()
            ? Float.NEGATIVE_INFINITY
            : shareOf(hits.getFirst().score(), share);
    hits.removeIf(hit -> hit.score() < lowest);
    boolean truncated = hits.size() > parameters.k();
    for (ShardAnswer<ShardHits> answer : answers) {
      truncated |= answer.value().truncated() && reaches(answer.value(), lowest);
    }
    boolean bounded = parameters.threshold() != null || share != null;
    return new MergedHits(
        hits.subList(0, Math.min(hits.size(), parameters.k())), truncated && bounded);
  }

  /** Whether a shard's last hit reaches {@code lowest}, and so perhaps what it left out. */
  private static boolean reaches(ShardHits shard, float lowest) {
    return shard.hits().isEmpty() || shard.hits().getLast().score() >= lowest;
  }

  /** As far below the best as the share says, also where the best is negative. */
  private static float shareOf(float best, float share) {
    return best - (1 - share) * Math.abs(best);
  }
}
