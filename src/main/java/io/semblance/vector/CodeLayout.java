package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the codes of a segment's rows lie in its memory, see {@link RowCodes}.
 *
 * @param slabs of each row
 * @param rows of the segment
 */
record CodeLayout(int slabs, int rows) {
  static final int DIMENSION_BYTES = RowSegment.ROWS_PER_BLOCK;
  static final int SLAB_BLOCK_BYTES = Codebook.SLAB_BYTES * DIMENSION_BYTES;

  /** Slabs that a prefix row repeats, or fewer where there are not so many. */
  static final int PREFIX_SLABS = 4;

  static final int PREFIX_BYTES = PREFIX_SLABS * Codebook.SLAB_BYTES;

  /** The rows whose codes are low bytes, or high ones. */
  private static final int HALF = RowSegment.ROWS_PER_BLOCK / 2;

  /** Bytes that lie together. */
  record Range(long offset, long length) {}

  private long blocks() {
    return rows / RowSegment.ROWS_PER_BLOCK;
  }

  /** Returns how much memory the codes of the segment take. */
  long bytes() {
    return blocks() * blockBytes();
  }

  /** Returns how much memory the codes of a block take. */
  int blockBytes() {
    return slabs * SLAB_BLOCK_BYTES + RowSegment.ROWS_PER_BLOCK * PREFIX_BYTES;
  }

  /** Returns where a block's slab lies. */
  long slabOffset(int block, int slab) {
    return slab == 0
        ? (long) block * SLAB_BLOCK_BYTES
        : (blocks() + (long) block * (slabs - 1) + slab - 1) * SLAB_BLOCK_BYTES;
  }

  /** Returns where the prefix row of a slot lies. */
  long prefixOffset(int slot) {
    return blocks() * slabs * SLAB_BLOCK_BYTES + (long) slot * PREFIX_BYTES;
  }

  /** Returns a row's place in a dimension of a slab. */
  static int lane(int slot) {
    int row = slot % RowSegment.ROWS_PER_BLOCK;
    return row % HALF * 2 + row / HALF;
  }

  /**
   * Returns the ranges in which blocks from {@code first} up to {@code end} lie, {@code end} not.
   */
  Range[] ranges(int first, int end) {
    long count = (long) end - first;
    long further = slabs - 1L;
    return new Range[] {
      new Range(slabOffset(first, 0), count * SLAB_BLOCK_BYTES),
      new Range(slabOffset(first, 1), count * further * SLAB_BLOCK_BYTES),
      new Range(
          prefixOffset(first * RowSegment.ROWS_PER_BLOCK),
          count * RowSegment.ROWS_PER_BLOCK * PREFIX_BYTES)
    };
  }

  /** Wipes the code of a slot. */
  void wipe(MemorySegment codes, int slot) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    for (int slab = 0; slab < slabs; slab++) {
      long at = slabOffset(block, slab) + lane(slot);
      for (int i = 0; i < Codebook.SLAB_BYTES; i++) {
        codes.set(ValueLayout.JAVA_BYTE, at + (long) i * DIMENSION_BYTES, (byte) 0);
      }
    }
    codes.asSlice(prefixOffset(slot), PREFIX_BYTES).fill((byte) 0);
  }
}
