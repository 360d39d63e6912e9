package io.semblance.vector;

import java.lang.foreign.MemorySegment;

/**
 * Sums up blocks of codes as if the lanes of all rows but some were zero: those others may be
 * written at any time. Scratch space: for one thread.
 */
final class CodeChecksums {
  private static final long ALL = -1;

  private final int slabs;
  private final long blockBytes;
  private final MemorySegment copy;

  CodeChecksums(int slabs) {
    this.slabs = slabs;
    this.blockBytes = RowCodes.blockBytes(slabs);
    this.copy = MemorySegment.ofArray(new byte[(int) blockBytes]);
  }

  /**
   * Returns the CRC-32C of a block's codes.
   *
   * @param codes of a segment
   * @param named the rows whose lanes count
   */
  int of(MemorySegment codes, int block, long named) {
    MemorySegment original = codes.asSlice(block * blockBytes, blockBytes);
    if (named == ALL) {
      return VectorChecksums.of(original);
    }
    copyLanes(original, named);
    return VectorChecksums.of(copy);
  }

  /** Leaves the lanes of {@code named} alone in the copy. */
  private void copyLanes(MemorySegment original, long named) {
    if (named == 0) {
      copy.fill((byte) 0);
      return;
    }
    copy.copyFrom(original);
    for (long left = ~named; left != 0; left &= left - 1) {
      RowCodes.wipe(copy, 0, slabs, Long.numberOfTrailingZeros(left));
    }
  }

  /**
   * Checks a block of a snapshot and wipes, in place, the lanes of rows that it does not name.
   *
   * @return whether the checksum is right; if not, nothing is wiped
   */
  boolean restore(MemorySegment codes, int block, long named, int checksum) {
    if (of(codes, block, named) != checksum) {
      return false;
    }
    if (named != ALL) {
      // Only where they differ: a store would make the page be written again.
      MemorySegment original = codes.asSlice(block * blockBytes, blockBytes);
      if (original.mismatch(copy) >= 0) {
        original.copyFrom(copy);
      }
    }
    return true;
  }
}
