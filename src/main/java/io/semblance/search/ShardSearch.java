package io.semblance.search;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A search as each shard is asked for it.
 *
 * @param vector of the model's dimension
 * @param limit most hits of a shard
 * @param threshold lowest score, or null for none
 * @param tenant only rows of this tenant
 * @param categories only rows of these; empty means every category
 * @param excludedIds rows never returned
 */
record ShardSearch(
    float[] vector,
    int limit,
    @Nullable Float threshold,
    String tenant,
    Set<String> categories,
    Set<String> excludedIds) {
  ShardSearch {
    categories = Set.copyOf(categories);
    excludedIds = Set.copyOf(excludedIds);
  }
}
