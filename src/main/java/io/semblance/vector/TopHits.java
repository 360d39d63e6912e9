package io.semblance.vector;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Keeps the best hits of one search, at most a limit of them. For one thread. */
final class TopHits {
  /** Best first. */
  private static final Comparator<SearchHit> BEST_FIRST =
      (a, b) -> {
        // Not Float.compare: -0 and +0 are the same score, and no score is NaN.
        if (a.score() != b.score()) {
          return a.score() > b.score() ? -1 : 1;
        }
        return a.id().compareTo(b.id());
      };

  private final int limit;
  private final float threshold;
  private final PriorityQueue<SearchHit> worstFirst;
  private boolean truncated;
  private float bar;

  TopHits(int limit, float threshold) {
    this.limit = limit;
    this.threshold = threshold;
    this.bar = threshold;
    this.worstFirst = new PriorityQueue<>(Math.min(limit, 16), BEST_FIRST.reversed());
  }

  /** Returns the score below which a row changes nothing and need not be offered. */
  float bar() {
    return bar;
  }

  /** Takes a row that passes every filter; one below the threshold is ignored. */
  void offer(SearchHit hit) {
    if (!(hit.score() >= threshold)) {
      return;
    }
    if (worstFirst.size() < limit) {
      worstFirst.add(hit);
      return;
    }
    truncated = true;
    if (BEST_FIRST.compare(hit, worstFirst.element()) < 0) {
      worstFirst.remove();
      worstFirst.add(hit);
    }
    bar = Math.max(threshold, worstFirst.element().score());
  }

  /** Notes that more rows than wanted pass every filter, though not all will be offered. */
  void setTruncated() {
    truncated = true;
  }

  int limit() {
    return limit;
  }

  SearchResult toResult(long sequence) {
    List<SearchHit> hits = new ArrayList<>(worstFirst);
    hits.sort(BEST_FIRST);
    hits.replaceAll(
        hit -> new SearchHit(hit.id(), hit.score(), hit.sequence(), hit.payload().clone()));
    return new SearchResult(hits, truncated, sequence);
  }
}
