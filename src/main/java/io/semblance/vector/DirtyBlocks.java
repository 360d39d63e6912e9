package io.semblance.vector;

import java.util.Arrays;
import java.util.BitSet;

/** Which blocks of a segment's memory have changed since they were last forced. Not thread-safe. */
final class DirtyBlocks {
  private final long[] bits;

  DirtyBlocks(int blocks) {
    this.bits = new long[(blocks + Long.SIZE - 1) / Long.SIZE];
  }

  void set(int block) {
    bits[block / Long.SIZE] |= 1L << block;
  }

  /** Returns the blocks and takes them for forced. */
  BitSet take() {
    BitSet dirty = BitSet.valueOf(bits);
    Arrays.fill(bits, 0);
    return dirty;
  }

  /** Takes back blocks that could not be forced. */
  void giveBack(BitSet dirty) {
    dirty.stream().forEach(this::set);
  }
}
