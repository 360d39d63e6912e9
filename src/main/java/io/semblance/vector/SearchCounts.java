package io.semblance.vector;

/** How many rows each stage of a search left to the next. For one thread. */
final class SearchCounts {
  private long searched;
  private long pastFirstSlab;
  private long scored;
  private long found;

  void addSearched(int rows) {
    searched += rows;
  }

  void addPastFirstSlab(int rows) {
    pastFirstSlab += rows;
  }

  void addScored(int rows) {
    scored += rows;
  }

  void addFound(int rows) {
    found += rows;
  }

  /** Returns the rows that requests asked for. */
  long searched() {
    return searched;
  }

  /** Returns those of them that the first slab could not pass over. */
  long pastFirstSlab() {
    return pastFirstSlab;
  }

  /** Returns those of them whose vectors were read. */
  long scored() {
    return scored;
  }

  /** Returns those of them that were answered. */
  long found() {
    return found;
  }
}
