package io.semblance.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of row slots: vectors off-heap, the rest in one array per column.
 *
 * <pre>
 *   off-heap   | row 0: stride float32, little-endian | row 1 | … |   stride = dimension up to 64s
 *   per slot   | id | payload | tenant | category | born | died |
 *   per block  | occupied: 64 bits | searchable: 64 bits | newest born |     block = 64 slots
 * </pre>
 *
 * <p>A row is written in full before its bits are set with release semantics; a reader that sees a
 * bit with acquire semantics sees the row. Only the writer changes a slot, and only one without
 * bits that no running reader can have seen set. A row is visible as of sequence number {@code s}
 * if {@code born <= s < died}.
 */
final class RowSegment {
  static final int ROWS_PER_BLOCK = Long.SIZE;

  private static final long ALIGNMENT_BYTES = 64;
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment vectors;
  private final int stride;
  private final @Nullable String[] ids;
  private final byte[] @Nullable [] payloads;
  private final int[] tenants;
  private final int[] categories;
  private final long[] born;
  private final long[] died;
  private final long[] occupied;
  private final long[] searchable;
  private final long[] newest;
  private volatile @Nullable RowCodes codes;

  /** Codes by a newer codebook, while they are being made; under the row lock. */
  private @Nullable RowCodes nextCodes;

  RowSegment(int rows, int stride) {
    this.stride = stride;
    this.vectors = asGlobal(arena.allocate((long) rows * stride * Float.BYTES, ALIGNMENT_BYTES));
    this.ids = new String[rows];
    this.payloads = new byte[rows][];
    this.tenants = new int[rows];
    this.categories = new int[rows];
    this.born = new long[rows];
    this.died = new long[rows];
    this.occupied = new long[rows / ROWS_PER_BLOCK];
    this.searchable = new long[rows / ROWS_PER_BLOCK];
    this.newest = new long[rows / ROWS_PER_BLOCK];
  }

  /**
   * Returns the same memory without the liveness checks of its arena, which cost kernels up to 1.4
   * times. Safe because {@link VectorIndex#close()} releases the arena only when no reader runs.
   */
  @SuppressWarnings("restricted")
  static MemorySegment asGlobal(MemorySegment segment) {
    return MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize());
  }

  /** Releases the off-heap memory; no reader may run any more. */
  void release() {
    arena.close();
    RowCodes present = codes;
    if (present != null) {
      present.release();
    }
    if (nextCodes != null) {
      nextCodes.release();
    }
  }

  /** Returns the codes by which searches may pass over rows; null where there are none yet. */
  @Nullable RowCodes codes() {
    return codes;
  }

  /** Has {@code next} follow the segment's slots while its codes are made; under the row lock. */
  void beginCodes(RowCodes next) {
    nextCodes = next;
  }

  /**
   * Shows codes to searches, complete or not; under the row lock.
   *
   * @return the codes that they replace
   */
  @Nullable RowCodes publishCodes(RowCodes next) {
    RowCodes replaced = codes;
    codes = next;
    nextCodes = null;
    return replaced;
  }

  /** Adds the rows of a block that have no code in {@code target} yet; under the row lock. */
  void addUncoded(int block, RowCodes target, PendingCodes pending) {
    for (long left = occupied[block] & ~target.coded(block); left != 0; left &= left - 1) {
      int slot = block * ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left);
      pending.add(this, slot, target);
    }
  }

  /** Returns how many rows have a code, as it is just now. */
  long codedRows() {
    RowCodes present = codes;
    long rows = 0;
    for (int block = 0; present != null && block < occupied.length; block++) {
      rows += Long.bitCount(occupied(block) & present.coded(block));
    }
    return rows;
  }

  int blocks() {
    return occupied.length;
  }

  long bytes() {
    RowCodes present = codes;
    return vectors.byteSize() + (present == null ? 0 : present.bytes());
  }

  MemorySegment vectors() {
    return vectors;
  }

  long blockOffset(int block) {
    return (long) block * ROWS_PER_BLOCK * stride * Float.BYTES;
  }

  /** Fills a slot that has no bits and makes it visible from {@code sequence} on; writer only. */
  void write(int slot, IndexRow row, int tenant, int category, long sequence) {
    MemorySegment.copy(
        row.vector(), 0, vectors, ScalarDotProducts.FLOAT, rowOffset(slot), row.vector().length);
    writeColumns(slot, row, tenant, category, sequence);
  }

  private void writeColumns(int slot, IndexRow row, int tenant, int category, long sequence) {
    ids[slot] = row.id();
    payloads[slot] = row.payload().clone();
    tenants[slot] = tenant;
    categories[slot] = category;
    born[slot] = sequence;
    LONGS.setOpaque(died, slot, Long.MAX_VALUE);
    int block = slot / ROWS_PER_BLOCK;
    LONGS.setOpaque(newest, block, Math.max(newest[block], sequence));
    setBit(occupied, slot);
    if (row.searchable()) {
      setBit(searchable, slot);
    }
  }

  private static void setBit(long[] bits, int slot) {
    int block = slot / ROWS_PER_BLOCK;
    LONGS.setRelease(bits, block, bits[block] | (1L << slot));
  }

  /** Ends the row's visibility at {@code sequence}, which must be published next; writer only. */
  void retire(int slot, long sequence) {
    LONGS.setOpaque(died, slot, sequence);
  }

  /** Hides a retired slot from readers to come; writer only. */
  void clear(int slot) {
    int block = slot / ROWS_PER_BLOCK;
    LONGS.setRelease(occupied, block, occupied[block] & ~(1L << slot));
    LONGS.setRelease(searchable, block, searchable[block] & ~(1L << slot));
    RowCodes present = codes;
    if (present != null) {
      present.clear(slot);
    }
    if (nextCodes != null) {
      nextCodes.clear(slot);
    }
  }

  /** Wipes a cleared slot that no reader can look at any more; writer only. */
  void wipe(int slot) {
    vectors.asSlice(rowOffset(slot), (long) stride * Float.BYTES).fill((byte) 0);
    RowCodes present = codes;
    if (present != null) {
      present.wipe(slot);
    }
    if (nextCodes != null) {
      nextCodes.wipe(slot);
    }
    ids[slot] = null;
    payloads[slot] = null;
  }

  long occupied(int block) {
    return (long) LONGS.getAcquire(occupied, block);
  }

  long searchable(int block) {
    return (long) LONGS.getAcquire(searchable, block);
  }

  /** Returns a sequence number that no row of the block exceeds; read it after the bits. */
  long newest(int block) {
    return (long) LONGS.getOpaque(newest, block);
  }

  boolean isVisible(int slot, long sequence) {
    return born[slot] <= sequence && sequence < (long) LONGS.getOpaque(died, slot);
  }

  String id(int slot) {
    String id = ids[slot];
    if (id == null) {
      throw new IllegalStateException("slot " + slot + " holds no row");
    }
    return id;
  }

  byte[] payload(int slot) {
    byte[] payload = payloads[slot];
    if (payload == null) {
      throw new IllegalStateException("slot " + slot + " holds no row");
    }
    return payload;
  }

  int tenant(int slot) {
    return tenants[slot];
  }

  int category(int slot) {
    return categories[slot];
  }

  long born(int slot) {
    return born[slot];
  }

  boolean isSearchable(int slot) {
    return ((searchable(slot / ROWS_PER_BLOCK) >>> slot) & 1) != 0;
  }

  /** Copies a row's vector out. */
  void copyVector(int slot, float[] target) {
    MemorySegment.copy(vectors, ScalarDotProducts.FLOAT, rowOffset(slot), target, 0, target.length);
  }

  /** Returns the bytes of a row's first {@code dimension} floats. */
  MemorySegment vectorBytes(int slot, int dimension) {
    return vectors.asSlice(rowOffset(slot), (long) dimension * Float.BYTES);
  }

  long rowOffset(int slot) {
    return (long) slot * stride * Float.BYTES;
  }
}
