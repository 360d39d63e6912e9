package io.semblance.search;

import java.util.List;

/**
 * The indexes of all models.
 *
 * @param all the one that near-duplicates are told by, then those for searches in the order of
 *     their names; each of a model of its own
 */
public record ModelIndexes(List<ModelIndex> all) {
  public ModelIndexes {
    all = List.copyOf(all);
  }

  /** Returns the index that near-duplicates are told by. */
  public ModelIndex matching() {
    return all.getFirst();
  }

  /** Returns the indexes that are searched alone. */
  public List<ModelIndex> forSearches() {
    return all.subList(1, all.size());
  }
}
