package io.semblance.vector;

import java.lang.foreign.MemorySegment;

/**
 * Sums up blocks of codes as if the lanes of all rows but some were zero: those others may be
 * written at any time. Scratch space: for one thread.
 */
final class CodeChecksums {
  private final CodeLayout segment;

  /** One block, laid out like a segment of its own. */
  private final CodeLayout single;

  private final MemorySegment copy;

  CodeChecksums(CodeLayout segment) {
    this.segment = segment;
    this.single =
        new CodeLayout(segment.slabs(), segment.slabsByDimension(), RowSegment.ROWS_PER_BLOCK);
    this.copy = MemorySegment.ofArray(new byte[segment.blockBytes()]);
  }

  /**
   * Returns the CRC-32C of a block's codes.
   *
   * @param codes of a segment
   * @param named the rows whose lanes count
   */
  int of(MemorySegment codes, int block, long named) {
    if (named == 0) {
      copy.fill((byte) 0);
    } else {
      copy(codes, block, false);
      for (long left = ~named; left != 0; left &= left - 1) {
        single.wipe(copy, Long.numberOfTrailingZeros(left));
      }
    }
    return VectorChecksums.of(copy);
  }

  /** Copies a block out of a segment or, where it differs, into it. */
  private void copy(MemorySegment codes, int block, boolean back) {
    CodeLayout.Range[] ranges = segment.ranges(block, block + 1);
    CodeLayout.Range[] own = single.ranges(0, 1);
    for (int i = 0; i < ranges.length; i++) {
      MemorySegment original = codes.asSlice(ranges[i].offset(), ranges[i].length());
      MemorySegment part = copy.asSlice(own[i].offset(), own[i].length());
      if (!back) {
        part.copyFrom(original);
      } else if (original.mismatch(part) >= 0) { // a store makes the page be written again
        original.copyFrom(part);
      }
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
    copy(codes, block, true);
    return true;
  }
}
