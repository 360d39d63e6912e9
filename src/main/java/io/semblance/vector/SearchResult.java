package io.semblance.vector;

import java.util.List;

/**
 * The answer to one {@link SearchRequest}.
 *
 * @param hits best first: by descending score, then ascending id
 * @param truncated whether rows at or above the threshold were left out because of the limit
 * @param sequence the index's sequence number when the search began: every row up to it was seen
 */
public record SearchResult(List<SearchHit> hits, boolean truncated, long sequence) {
  public SearchResult {
    hits = List.copyOf(hits);
  }
}
