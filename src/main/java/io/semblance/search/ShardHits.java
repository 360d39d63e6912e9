package io.semblance.search;

import io.semblance.vector.SearchHit;
import java.util.List;

/**
 * What one shard found.
 *
 * @param hits best first
 * @param truncated whether rows at or above the threshold were left out because of the limit
 */
record ShardHits(List<SearchHit> hits, boolean truncated) {
  ShardHits {
    hits = List.copyOf(hits);
  }
}
