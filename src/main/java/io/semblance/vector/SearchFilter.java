package io.semblance.vector;

import java.util.Set;

/**
 * Which rows a search may return.
 *
 * @param tenant only rows of exactly this tenant (the empty tenant is a tenant)
 * @param categories only rows of one of these categories; empty means every category
 * @param excludedIds rows never returned, such as the query's own
 */
public record SearchFilter(String tenant, Set<String> categories, Set<String> excludedIds) {
  public SearchFilter {
    categories = Set.copyOf(categories);
    excludedIds = Set.copyOf(excludedIds);
  }
}
