package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * The codes of a segment's rows, by one {@link Codebook}.
 *
 * <pre>
 *   segment     | slab 0 of every block | block 0: slabs 1 to 3, or all others | block 1 | …
 *               | part 0 of every row | row 0: parts 1 to n − 1 | row 1 | … | 128 bytes unused |
 *   slab        | dimension 0: 64 bytes | … | dimension 30 | tail |        of a block of 64 rows
 *   dimension   | row 0, row 32 | row 1, row 33 | … | row 31, row 63 |     code + 128; tail: code
 *   part p      | slab 4p: 31 dimensions, tail | slab 4p + 1 | … |                  of one row
 * </pre>
 *
 * <p>Every search reads slab 0 of every block: those lie together, so that they come from memory as
 * one stream. Read as little-endian shorts, lane l of a dimension holds row l in its low byte and
 * row l + 32 in its high one: a mask and a shift widen both, and no byte has to move. Parts are for
 * blocks of which only some rows are left to be looked at; the first one holds the first slabs once
 * more, and is the only one where {@linkplain Codebook#slabsByDimension all slabs} lie by
 * dimension.
 *
 * <p>Snapshots hold the codes as they are: whoever changes the layout or the encoding gives {@link
 * Manifest#VERSION} a new number.
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

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Codebook codebook;
  private final SegmentMemory memory;
  private final CodeLayout layout;
  private final MemorySegment codes;
  private final int slabs;
  private final float[] errors;
  private final float[] codeNorms;
  private final float[] tailExcesses;
  private final float[] rowNorms;
  private final long[] coded;
  private long stored;

  RowCodes(Codebook codebook, int rows) {
    this(codebook, rows, SegmentMemory.anonymous(bytes(codebook, rows)));
  }

  /**
   * @param memory zeros, or codes whose {@link #restore} follows; released with this
   */
  RowCodes(Codebook codebook, int rows, SegmentMemory memory) {
    this.codebook = codebook;
    this.slabs = codebook.slabs();
    this.layout = new CodeLayout(codebook, rows);
    this.memory = memory;
    this.codes = memory.bytes();
    int blocks = rows / RowSegment.ROWS_PER_BLOCK;
    this.errors = new float[blocks * slabs];
    this.codeNorms = new float[blocks * slabs];
    this.tailExcesses = new float[blocks * slabs];
    this.rowNorms = new float[blocks];
    this.coded = new long[blocks];
  }

  /** Returns how much memory the codes of a segment take. */
  static long bytes(Codebook codebook, int rows) {
    return new CodeLayout(codebook, rows).bytes();
  }

  /**
   * What of the codes does not lie in their memory.
   *
   * @param coded rows that have a code, by blocks
   * @param bounds of blocks
   * @param stored how many codes have been stored since the codes were made or restored
   */
  record State(long[] coded, float[] bounds, long stored) {}

  /** Copies all that {@link #restore} needs; under the index's lock on rows. */
  State state() {
    float[] bounds = new float[boundsLength()];
    int at = 0;
    for (float[] part : List.of(errors, codeNorms, tailExcesses, rowNorms)) {
      System.arraycopy(part, 0, bounds, at, part.length);
      at += part.length;
    }
    return new State(coded.clone(), bounds, stored);
  }

  int boundsLength() {
    return 3 * errors.length + rowNorms.length;
  }

  /** Takes the state of codes that the memory holds already, before any reader sees them. */
  void restore(State state) {
    int at = 0;
    for (float[] part : List.of(errors, codeNorms, tailExcesses, rowNorms)) {
      System.arraycopy(state.bounds(), at, part, 0, part.length);
      at += part.length;
    }
    codebook.observeCodeNorms(codeNorms);
    for (int block = 0; block < coded.length; block++) {
      LONGS.setRelease(coded, block, state.coded()[block]);
    }
  }

  /** Returns the same codes in other memory, of the same size; under the row lock. */
  RowCodes copyTo(SegmentMemory target, int rows) {
    target.bytes().copyFrom(codes);
    RowCodes copy = new RowCodes(codebook, rows, target);
    copy.restore(state());
    copy.stored = stored;
    return copy;
  }

  /** Stores a row's code in a slot that has none. */
  void store(int slot, RowCoder row) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    for (int slab = 0; slab < slabs; slab++) {
      int index = block * slabs + slab;
      errors[index] = Math.max(errors[index], row.error(slab));
      codeNorms[index] = Math.max(codeNorms[index], row.codeNorm(slab));
      tailExcesses[index] = Math.max(tailExcesses[index], row.tailExcess(slab));
      codebook.observeCodeNorm(slab, row.codeNorm(slab));
    }
    rowNorms[block] = Math.max(rowNorms[block], row.rowNorm());
    layout.store(codes, slot, row.code());
    stored++;
    LONGS.setRelease(coded, block, coded[block] | 1L << slot);
  }

  /** Makes readers to come look at a slot's row itself. */
  void clear(int slot) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    LONGS.setRelease(coded, block, coded[block] & ~(1L << slot));
  }

  /** Wipes the code of a cleared slot that no reader looks at any more. */
  void wipe(int slot) {
    layout.wipe(codes, slot);
  }

  boolean isCoded(int slot) {
    return (coded[slot / RowSegment.ROWS_PER_BLOCK] >>> slot & 1) != 0;
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

  SegmentMemory memory() {
    return memory;
  }

  CodeLayout layout() {
    return layout;
  }

  /** Returns where a block's slab lies, one of those by dimension. */
  long slabOffset(int block, int slab) {
    return layout.slabOffset(block, slab);
  }

  /** Returns where a part of a slot's row lies. */
  long partOffset(int slot, int part) {
    return layout.partOffset(slot, part);
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

  /** What bounds a block's rows in slab 0. */
  record FirstSlab(float error, float codeNorm, float tailExcess, float rowNorm) {}

  FirstSlab firstSlab(int block) {
    int index = block * slabs;
    return new FirstSlab(errors[index], codeNorms[index], tailExcesses[index], rowNorms[block]);
  }

  /** Returns the largest norm of a row in a block. */
  float rowNorm(int block) {
    return rowNorms[block];
  }

  /** Releases the memory; no reader may run any more. */
  void release() {
    memory.release();
  }
}
