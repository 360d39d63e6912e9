package io.semblance.search;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which matches are wanted.
 *
 * @param k most matches returned
 * @param threshold lowest similarity returned, -1 to 1; null for the k best however similar
 * @param tenant only images of exactly this tenant; the empty tenant is one
 * @param categories only images of one of these categories; empty means every category
 */
public record SearchParameters(
    int k, @Nullable Float threshold, String tenant, Set<String> categories) {
  public SearchParameters {
    categories = Set.copyOf(categories);
  }
}
