package io.semblance.search;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which matches are wanted.
 *
 * @param k most matches returned
 * @param threshold lowest similarity returned, -1 to 1; null for the k best however similar
 * @param relativeThreshold lowest share, 0 to 1, of the best match's similarity returned; null for
 *     no such bound. Of texts' similarities, which differ from query to query, it says more
 * @param tenant only images of exactly this tenant; the empty tenant is one
 * @param categories only images of one of these categories; empty means every category
 * @param model the name of the model that is searched by; null for the one that near-duplicates are
 *     told by, for texts the first that has a text tower, by id the first whose index holds it
 */
public record SearchParameters(
    int k,
    @Nullable Float threshold,
    @Nullable Float relativeThreshold,
    String tenant,
    Set<String> categories,
    @Nullable String model) {
  public SearchParameters {
    categories = Set.copyOf(categories);
  }

  /** Matches however similar to the best one, by the model that is meant without a name. */
  public SearchParameters(int k, @Nullable Float threshold, String tenant, Set<String> categories) {
    this(k, threshold, null, tenant, categories, null);
  }

  /** Returns the same with another threshold. */
  public SearchParameters withThreshold(float lowest) {
    return new SearchParameters(k, lowest, relativeThreshold, tenant, categories, model);
  }
}
