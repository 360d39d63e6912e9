package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the codes of a segment's rows lie in its memory, see {@link RowCodes}.
 *
 * @param slabs of each row
 * @param slabsByDimension how many of them lie by dimension: {@link #PART_SLABS}, or all
 * @param rows of the segment
 */
record CodeLayout(int slabs, int slabsByDimension, int rows) {
  static final int DIMENSION_BYTES = RowSegment.ROWS_PER_BLOCK;
  static final int SLAB_BLOCK_BYTES = Codebook.SLAB_BYTES * DIMENSION_BYTES;

  /** Slabs of a part of a row. */
  static final int PART_SLABS = 4;

  /** Bytes of a part; a row's last one has fewer where its slabs are fewer. */
  static final int PART_BYTES = PART_SLABS * Codebook.SLAB_BYTES;

  /** The rows whose codes are low bytes, or high ones. */
  private static final int HALF = RowSegment.ROWS_PER_BLOCK / 2;

  /** Bytes that lie together. */
  record Range(long offset, long length) {}

  /** The layout of the codes by a codebook. */
  CodeLayout(Codebook codebook, int rows) {
    this(codebook.slabs(), codebook.slabsByDimension(), rows);
  }

  private long blocks() {
    return rows / RowSegment.ROWS_PER_BLOCK;
  }

  /** Bytes of a row's parts after the first. */
  private int furtherBytes() {
    return (slabs - slabsByDimension()) * Codebook.SLAB_BYTES;
  }

  /** Returns how much memory the codes of the segment take; whoever reads a part may overread. */
  long bytes() {
    return blocks() * blockBytes() + PART_BYTES;
  }

  /** Returns how much memory the codes of a block take. */
  int blockBytes() {
    return slabsByDimension() * SLAB_BLOCK_BYTES
        + RowSegment.ROWS_PER_BLOCK * (PART_BYTES + furtherBytes());
  }

  /** Returns where a block's slab lies, one of those by dimension. */
  long slabOffset(int block, int slab) {
    return slab == 0
        ? (long) block * SLAB_BLOCK_BYTES
        : (blocks() + (long) block * (slabsByDimension() - 1) + slab - 1) * SLAB_BLOCK_BYTES;
  }

  /** Returns where a part of a slot's row lies. */
  long partOffset(int slot, int part) {
    long firstParts = blocks() * slabsByDimension() * SLAB_BLOCK_BYTES;
    return part == 0
        ? firstParts + (long) slot * PART_BYTES
        : firstParts
            + (long) rows * PART_BYTES
            + (long) slot * furtherBytes()
            + (part - 1L) * PART_BYTES;
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
    long rowCount = count * RowSegment.ROWS_PER_BLOCK;
    int slot = first * RowSegment.ROWS_PER_BLOCK;
    return new Range[] {
      new Range(slabOffset(first, 0), count * SLAB_BLOCK_BYTES),
      new Range(slabOffset(first, 1), count * (slabsByDimension() - 1L) * SLAB_BLOCK_BYTES),
      new Range(partOffset(slot, 0), rowCount * PART_BYTES),
      new Range(partOffset(slot, 1), rowCount * furtherBytes())
    };
  }

  /**
   * Writes the code of a slot.
   *
   * @param code by slabs
   */
  void store(MemorySegment codes, int slot, byte[] code) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    for (int slab = 0; slab < slabsByDimension(); slab++) {
      long at = slabOffset(block, slab) + lane(slot);
      for (int i = 0; i < Codebook.SLAB_BYTES; i++) {
        byte value = code[slab * Codebook.SLAB_BYTES + i];
        codes.set(ValueLayout.JAVA_BYTE, at + (long) i * DIMENSION_BYTES, value);
      }
    }
    int first = Math.min(PART_BYTES, code.length);
    MemorySegment.copy(code, 0, codes, ValueLayout.JAVA_BYTE, partOffset(slot, 0), first);
    int further = furtherBytes();
    MemorySegment.copy(code, first, codes, ValueLayout.JAVA_BYTE, partOffset(slot, 1), further);
  }

  /** Wipes the code of a slot. */
  void wipe(MemorySegment codes, int slot) {
    store(codes, slot, new byte[slabs * Codebook.SLAB_BYTES]);
  }
}
