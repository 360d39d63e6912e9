package io.semblance.vector;

import java.util.Arrays;

/** Some rows of a segment that are to be looked at more closely. For one thread. */
final class Candidates {
  /** Rows from which on a list should be dealt with. */
  private static final int FULL = 512;

  private int[] slots = new int[FULL + RowSegment.ROWS_PER_BLOCK];
  private int size;

  /** Adds rows of a block: bit r for row r. */
  void add(int block, long rows) {
    for (long left = rows; left != 0; left &= left - 1) {
      add(block * RowSegment.ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left));
    }
  }

  void add(int slot) {
    if (size == slots.length) {
      slots = Arrays.copyOf(slots, 2 * size);
    }
    slots[size++] = slot;
  }

  int size() {
    return size;
  }

  /** Returns whether the rows are so many that they should be dealt with. */
  boolean isFull() {
    return size >= FULL;
  }

  int slot(int position) {
    return slots[position];
  }

  void clear() {
    size = 0;
  }
}
