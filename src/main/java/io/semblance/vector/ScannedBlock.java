package io.semblance.vector;

import org.jspecify.annotations.Nullable;

/** A block of rows as a scan has found it. Used for one block after another; for one thread. */
final class ScannedBlock {
  /** Of no filter. */
  private static final int NONE = -1;

  private int number;
  private long live;
  private long coded;
  private RowCodes.@Nullable FirstSlab firstSlab;
  private int maskedFilter = NONE;
  private long mask;

  /** Turns to a block: reads which of its rows may be searched, and then which have codes. */
  void enter(RowSegment segment, @Nullable RowCodes codes, int block) {
    number = block;
    live = segment.searchable(block);
    coded = codes == null ? 0 : codes.coded(block);
    firstSlab = null;
    maskedFilter = NONE;
  }

  int number() {
    return number;
  }

  /** Returns the rows that may be searched: bit r for row r. */
  long live() {
    return live;
  }

  /** Returns the rows that have codes. */
  long coded() {
    return coded;
  }

  /** Returns what bounds the rows that have codes. */
  RowCodes.FirstSlab firstSlab(RowCodes codes) {
    RowCodes.FirstSlab bounds = firstSlab;
    if (bounds == null) {
      bounds = codes.firstSlab(number);
      firstSlab = bounds;
    }
    return bounds;
  }

  /** Returns whether {@link #mask} holds what a filter lets through. */
  boolean isMasked(int filter) {
    return maskedFilter == filter;
  }

  /** Returns the rows that the filter given last lets through. */
  long mask() {
    return mask;
  }

  void setMask(int filter, long mask) {
    this.maskedFilter = filter;
    this.mask = mask;
  }
}
