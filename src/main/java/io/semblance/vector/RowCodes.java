package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The codes of a segment's rows, by one {@link Codebook}.
 *
 * <pre>
 *   block of 64 rows | slab 0: 2 KiB | slab 1 | … | slab n − 1 |
 *   slab             | dimension 0: 64 bytes | … | dimension 30 | tail |
 *   dimension        | row 0, row 32 | row 1, row 33 | … | row 31, row 63 |
 * </pre>
 *
 * <p>Read as little-endian shorts, lane l of a dimension holds row l in its low byte and row l + 32
 * in its high one: two shifts widen both, and no byte has to move.
 *
 * <p>Snapshots hold the codes as they are: whoever changes the layout or the encoding gives {@link
 * Manifest#VERSION} a new number.
 *
 * <p>For each block and slab there is the largest quantisation error and the largest norm of a
 * code, for each block the largest norm of a row: they only grow. The writer changes them before it
 * sets a row's bit with release semantics; a reader takes the bits with acquire semantics first.
 */
final class RowCodes {
  static final int DIMENSION_BYTES = RowSegment.ROWS_PER_BLOCK;
  static final int SLAB_BLOCK_BYTES = Codebook.SLAB_BYTES * DIMENSION_BYTES;

  private final Codebook codebook;
  private final Codebook.Projection projection;
  private final SegmentMemory memory;
  private final MemorySegment codes;
  private final int slabs;
  private final float[] errors;
  private final float[] codeNorms;
  private final float[] tailExcesses;
  private final float[] rowNorms;

  RowCodes(Codebook codebook, int rows) {
    this(codebook, rows, SegmentMemory.anonymous(bytes(codebook, rows)));
  }

  /**
   * @param memory zeros, or codes whose {@link #restoreBounds} follow; released with this
   */
  RowCodes(Codebook codebook, int rows, SegmentMemory memory) {
    this.codebook = codebook;
    this.projection = codebook.new Projection();
    this.slabs = codebook.slabs();
    this.memory = memory;
    this.codes = memory.bytes();
    int blocks = rows / RowSegment.ROWS_PER_BLOCK;
    this.errors = new float[blocks * slabs];
    this.codeNorms = new float[blocks * slabs];
    this.tailExcesses = new float[blocks * slabs];
    this.rowNorms = new float[blocks];
  }

  /** Returns how much memory the codes of a segment take. */
  static long bytes(Codebook codebook, int rows) {
    return rows / RowSegment.ROWS_PER_BLOCK * blockBytes(codebook.slabs());
  }

  /** Returns how much memory the codes of a block take. */
  static long blockBytes(int slabs) {
    return (long) slabs * SLAB_BLOCK_BYTES;
  }

  /** Copies all that {@link #restoreBounds} needs; under the index's lock on rows. */
  float[] bounds() {
    float[] bounds = new float[boundsLength()];
    int at = 0;
    for (float[] part : List.of(errors, codeNorms, tailExcesses, rowNorms)) {
      System.arraycopy(part, 0, bounds, at, part.length);
      at += part.length;
    }
    return bounds;
  }

  int boundsLength() {
    return 3 * errors.length + rowNorms.length;
  }

  /** Takes the bounds of codes that the memory holds already, before any reader sees them. */
  void restoreBounds(float[] bounds) {
    int at = 0;
    for (float[] part : List.of(errors, codeNorms, tailExcesses, rowNorms)) {
      System.arraycopy(bounds, at, part, 0, part.length);
      at += part.length;
    }
    for (int i = 0; i < codeNorms.length; i++) {
      codebook.observeCodeNorm(i % slabs, codeNorms[i]);
    }
  }

  /** Returns the same codes in other memory, of the same size; under the row lock. */
  RowCodes copyTo(SegmentMemory target, int rows) {
    target.bytes().copyFrom(codes);
    RowCodes copy = new RowCodes(codebook, rows, target);
    copy.restoreBounds(bounds());
    return copy;
  }

  /** Writes the code of {@code vector} into a slot that no reader looks at; writer only. */
  void encode(int slot, float[] vector) {
    Codebook.Projection row = projection;
    row.of(vector);
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    long lane = lane(slot);
    for (int slab = 0; slab < slabs; slab++) {
      long at = slabOffset(block, slab) + lane;
      double error = 0;
      long norm = 0;
      for (int i = 0; i < Codebook.SLAB_DIMENSIONS; i++) {
        int d = slab * Codebook.SLAB_DIMENSIONS + i;
        float step = codebook.step(d);
        float centred = row.rotated[d] - codebook.offset(d);
        int code =
            step == 0
                ? 0
                : Math.clamp(Math.round(centred / step), -Codebook.CODE_MAX, Codebook.CODE_MAX);
        // In double, from the very numbers that the bound is about.
        double left = (double) row.rotated[d] - codebook.offset(d) - (double) step * code;
        error += left * left;
        norm += code * code;
        codes.set(ValueLayout.JAVA_BYTE, at + (long) i * DIMENSION_BYTES, (byte) code);
      }
      encodeTail(block, slab, at, row.tails[slab]);
      int index = block * slabs + slab;
      float codeNorm = up(Math.sqrt(norm));
      errors[index] = Math.max(errors[index], up(Math.sqrt(error)));
      codeNorms[index] = Math.max(codeNorms[index], codeNorm);
      codebook.observeCodeNorm(slab, codeNorm);
    }
    rowNorms[block] = Math.max(rowNorms[block], up(row.norm));
  }

  private void encodeTail(int block, int slab, long at, double tail) {
    double base = codebook.tailBase(slab);
    double step = codebook.tailStep(slab);
    double above = tail - base;
    int code = 0;
    if (above > 0 && step > 0) {
      code = (int) Math.min(Codebook.CODE_MAX, Math.ceil(above / step));
    }
    double excess = tail - (base + step * code);
    if (excess > 0) {
      int index = block * slabs + slab;
      tailExcesses[index] = Math.max(tailExcesses[index], up(excess));
    }
    codes.set(
        ValueLayout.JAVA_BYTE, at + (long) Codebook.SLAB_DIMENSIONS * DIMENSION_BYTES, (byte) code);
  }

  /** Rounds to a float that is not less. */
  private static float up(double value) {
    return Math.nextUp((float) (value * (1 + Codebook.DOUBLE_SLACK)));
  }

  /** Wipes the code of a slot that no reader looks at any more; writer only. */
  void wipe(int slot) {
    int block = slot / RowSegment.ROWS_PER_BLOCK;
    wipe(codes, slabOffset(block, 0), slabs, slot % RowSegment.ROWS_PER_BLOCK);
  }

  /** Wipes the code of one row of the block at {@code offset}. */
  static void wipe(MemorySegment codes, long offset, int slabs, int row) {
    long lane = offset + lane(row);
    for (int i = 0; i < slabs * Codebook.SLAB_BYTES; i++) {
      codes.set(ValueLayout.JAVA_BYTE, lane + (long) i * DIMENSION_BYTES, (byte) 0);
    }
  }

  private static long lane(int slot) {
    int row = slot % RowSegment.ROWS_PER_BLOCK;
    return (row % 32) * 2L + row / 32;
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

  long slabOffset(int block, int slab) {
    return ((long) block * slabs + slab) * SLAB_BLOCK_BYTES;
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
    memory.release();
  }
}
