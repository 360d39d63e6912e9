package io.semblance.vector;

import java.util.Arrays;

/** Some rows of a segment that are to be looked at more closely. For one thread. */
final class Candidates {
  /** Rows from which on a list should be dealt with. */
  private static final int FULL = 512;

  private int[] slots = new int[RowSegment.ROWS_PER_BLOCK];
  private float[] totals = new float[RowSegment.ROWS_PER_BLOCK];
  private int size;

  /** Adds rows of a block: bit r for row r. */
  void add(int block, long rows) {
    for (long left = rows; left != 0; left &= left - 1) {
      addRow(block * RowSegment.ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left), 0);
    }
  }

  /**
   * Adds rows of a block: bit r for row r.
   *
   * @param totals what is known of their sums, by row
   */
  void add(int block, long rows, float[] totals) {
    for (long left = rows; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      addRow(block * RowSegment.ROWS_PER_BLOCK + row, totals[row]);
    }
  }

  /**
   * Adds a row.
   *
   * @param total what is known of its sum
   */
  void addRow(int slot, float total) {
    if (size == slots.length) {
      slots = Arrays.copyOf(slots, 2 * size);
      totals = Arrays.copyOf(totals, 2 * size);
    }
    slots[size] = slot;
    totals[size++] = total;
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

  /** Returns what is known of a row's sum. */
  float total(int position) {
    return totals[position];
  }

  void clear() {
    size = 0;
  }
}
