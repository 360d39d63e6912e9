package io.semblance.cli.bench;

/** A set of vectors to fill an index with, and queries of the same kind that are not among them. */
interface VectorSource {
  /** Returns the set's name in reports. */
  String name();

  int dimension();

  /** Returns how many rows there are at most. */
  long rowsMax();

  /** Writes row {@code row} into {@code into}. Safe for several threads. */
  void row(long row, float[] into);

  /** Writes a query against the first {@code rows} rows into {@code into}. */
  void query(int query, long rows, float[] into);
}
