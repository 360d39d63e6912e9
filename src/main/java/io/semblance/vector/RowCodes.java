package io.semblance.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The codes of a segment's rows, by one {@link Codebook}.
 *
 * <pre>
 *   segment     | slab 0 of every block | block 0: slabs 1 to n − 1 | block 1 | … | prefix rows |
 *   slab        | dimension 0: 64 bytes | … | dimension 30 | tail |        of a block of 64 rows
 *   dimension   | row 0, row 32 | row 1, row 33 | … | row 31, row 63 |     code + 128; tail: code
 *   prefix row  | slab 0: 31 dimensions, tail | slab 1 | slab 2 | slab 3 |          of one row
 * </pre>
 *
 * <p>Every search reads slab 0 of every block: those lie together, so that they come from memory as
 * one stream. What a block needs further lies together too. Read as little-endian shorts, lane l of
 * a dimension holds row l in its low byte and row l + 32 in its high one: a mask and a shift widen
 * both, and no byte has to move. Prefix rows hold the first slabs once more, row by row, for blocks
 * of which only some rows are left to be looked at.
 *
 * <p>For each block and slab there is the largest quantisation error and the largest norm of a
 * code, for each block the largest norm of a row: they only grow. A row is coded when its bit in
 * {@link #coded} is set, which happens with release semantics after all of that is written; rows
 * without a code are not to be passed over.
 *
 * <p>Methods that write are for one thread at a time, under the index's lock on rows.
 */
final class RowCodes {
  /** What a stored code of a dimension exceeds its value by, so that it is never negative. */
  static final int CODE_OFFSET = 128;

  static final int DIMENSION_BYTES = RowSegment.ROWS_PER_BLOCK;
  static final int SLAB_BLOCK_BYTES = Codebook.SLAB_BYTES * DIMENSION_BYTES;

  /** Slabs that a prefix row repeats, or fewer where there are not so many. */
  static final int PREFIX_SLABS = 4;

  static final int PREFIX_BYTES = PREFIX_SLABS * Codebook.SLAB_BYTES;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Codebook codebook;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment codes;
  private final int slabs;
  private final long blocks;
  private final float[] errors;
  private final float[] codeNorms;
  private final float[] tailExcesses;
  private final float[] rowNorms;
  private final long[] coded;

  RowCodes(Codebook codebook, int rows) {
    this.codebook = codebook;
    this.slabs = codebook.slabs();
    int blockCount = rows / RowSegment.ROWS_PER_BLOCK;
    this.blocks = blockCount;
    this.codes = RowSegment.asGlobal(arena.allocate(bytes(codebook, rows), DIMENSION_BYTES));
    this.errors = new float[blockCount * slabs];
    this.codeNorms = new float[blockCount * slabs];
    this.tailExcesses = new float[blockCount * slabs];
    this.rowNorms = new float[blockCount];
    this.coded = new long[blockCount];
  }

  /** Returns how much memory the codes of so many rows take. */
  static long bytes(Codebook codebook, int rows) {
    return (long) rows * (codebook.slabs() * Codebook.SLAB_BYTES + PREFIX_BYTES);
  }

  /** Stores a row's code in a slot that has none. */
  void store(int slot, RowCoder row) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    byte[] code = row.code();
    for (int slab = 0; slab < slabs; slab++) {
      long at = slabOffset(block, slab) + lane(slot);
      for (int i = 0; i < Codebook.SLAB_BYTES; i++) {
        byte value = code[slab * Codebook.SLAB_BYTES + i];
        codes.set(ValueLayout.JAVA_BYTE, at + (long) i * DIMENSION_BYTES, value);
      }
      int index = block * slabs + slab;
      errors[index] = Math.max(errors[index], row.error(slab));
      codeNorms[index] = Math.max(codeNorms[index], row.codeNorm(slab));
      tailExcesses[index] = Math.max(tailExcesses[index], row.tailExcess(slab));
      codebook.observeCodeNorm(slab, row.codeNorm(slab));
    }
    rowNorms[block] = Math.max(rowNorms[block], row.rowNorm());
    int prefix = Math.min(PREFIX_BYTES, code.length);
    MemorySegment.copy(code, 0, codes, ValueLayout.JAVA_BYTE, prefixOffset(slot), prefix);
    LONGS.setRelease(coded, block, coded[block] | 1L << slot);
  }

  /** Makes readers to come look at a slot's row itself. */
  void clear(int slot) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    LONGS.setRelease(coded, block, coded[block] & ~(1L << slot));
  }

  /** Wipes the code of a cleared slot that no reader looks at any more. */
  void wipe(int slot) {
    for (int slab = 0; slab < slabs; slab++) {
      long at = slabOffset(slot / RowSegment.ROWS_PER_BLOCK, slab) + lane(slot);
      for (int i = 0; i < Codebook.SLAB_BYTES; i++) {
        codes.set(ValueLayout.JAVA_BYTE, at + (long) i * DIMENSION_BYTES, (byte) 0);
      }
    }
    codes.asSlice(prefixOffset(slot), PREFIX_BYTES).fill((byte) 0);
  }

  boolean isCoded(int slot) {
    return (coded[slot / RowSegment.ROWS_PER_BLOCK] >>> slot & 1) != 0;
  }

  private static long lane(int slot) {
    int row = slot % RowSegment.ROWS_PER_BLOCK;
    return (row % 32) * 2L + row / 32;
  }

  /** Returns which rows of a block have codes; read it before anything else of the block. */
  long coded(int block) {
    return (long) LONGS.getAcquire(coded, block);
  }

  Codebook codebook() {
    return codebook;
  }

  MemorySegment codes() {
    return codes;
  }

  long bytes() {
    return codes.byteSize();
  }

  long slabOffset(int block, int slab) {
    return slab == 0
        ? (long) block * SLAB_BLOCK_BYTES
        : (blocks + (long) block * (slabs - 1) + slab - 1) * SLAB_BLOCK_BYTES;
  }

  /** Returns where the prefix row of a slot lies. */
  long prefixOffset(int slot) {
    return blocks * slabs * SLAB_BLOCK_BYTES + (long) slot * PREFIX_BYTES;
  }

  /** Returns the largest quantisation error in a block's slab. */
  float error(int block, int slab) {
    return errors[block * slabs + slab];
  }

  /** Returns the largest norm of a code in a block's slab. */
  float codeNorm(int block, int slab) {
    return codeNorms[block * slabs + slab];
  }

  /** Returns by how much a tail in a block's slab exceeds what its code stands for, at most. */
  float tailExcess(int block, int slab) {
    return tailExcesses[block * slabs + slab];
  }

  /** Returns the largest norm of a row in a block. */
  float rowNorm(int block) {
    return rowNorms[block];
  }

  /** Releases the memory; no reader may run any more. */
  void release() {
    arena.close();
  }
}
