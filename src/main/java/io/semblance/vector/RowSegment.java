package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of row slots: vectors off-heap, the rest in one array per column.
 *
 * <pre>
 *   off-heap   | row 0: stride float32, little-endian | row 1 | … |   stride = dimension up to 64s
 *   per slot   | id | payload | tenant | category | born | died | checksum of the vector |
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

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final int number;
  private final int stride;
  private final int dimension;
  private final DamageReport damage;
  private final VectorChecksums checksums;
  private final @Nullable String[] ids;
  private final Payloads payloads;
  private final int[] tenants;
  private final int[] categories;
  private final long[] born;
  private final long[] died;
  private final long[] occupied;
  private final long[] searchable;
  private final long[] newest;

  /** Under the row lock. */
  private final DirtyBlocks dirtyBlocks;

  private volatile SegmentMemory vectors;
  private volatile @Nullable RowCodes codes;
  private volatile long lastChange;

  /** Codes by a newer codebook, while they are being made; under the row lock. */
  private @Nullable RowCodes nextCodes;

  /**
   * @param number of the segment in its index
   * @param vectors zeros; released with this
   */
  RowSegment(int number, IndexOptions options, SegmentMemory vectors, DamageReport damage) {
    this(
        number,
        options,
        vectors,
        damage,
        new VectorChecksums(options.rowsPerSegment()),
        new String[options.rowsPerSegment()],
        new Payloads(options.rowsPerSegment()));
  }

  /**
   * Makes a segment of a snapshot's rows, whose vectors lie in the memory.
   *
   * @param tenants the codes of the rows' tenants, by slot
   * @param categories the codes of the rows' categories, by slot
   */
  RowSegment(
      int number,
      IndexOptions options,
      SegmentMemory vectors,
      DamageReport damage,
      SegmentRows rows,
      int[] tenants,
      int[] categories) {
    this(
        number,
        options,
        vectors,
        damage,
        new VectorChecksums(rows.checksums()),
        rows.ids(),
        rows.payloads());
    System.arraycopy(tenants, 0, this.tenants, 0, tenants.length);
    System.arraycopy(categories, 0, this.categories, 0, categories.length);
    System.arraycopy(rows.born(), 0, born, 0, born.length);
    Arrays.fill(died, Long.MAX_VALUE);
    for (int slot = 0; slot < born.length; slot++) {
      newest[slot / ROWS_PER_BLOCK] = Math.max(newest[slot / ROWS_PER_BLOCK], born[slot]);
    }
    for (int block = 0; block < occupied.length; block++) {
      LONGS.setRelease(occupied, block, rows.named()[block]);
      LONGS.setRelease(searchable, block, rows.searchable()[block]);
    }
  }

  private RowSegment(
      int number,
      IndexOptions options,
      SegmentMemory vectors,
      DamageReport damage,
      VectorChecksums checksums,
      @Nullable String[] ids,
      Payloads payloads) {
    int rows = options.rowsPerSegment();
    this.number = number;
    this.stride = options.stride();
    this.dimension = options.dimension();
    this.damage = damage;
    this.vectors = vectors;
    this.checksums = checksums;
    this.ids = ids;
    this.payloads = payloads;
    this.tenants = new int[rows];
    this.categories = new int[rows];
    this.born = new long[rows];
    this.died = new long[rows];
    this.occupied = new long[rows / ROWS_PER_BLOCK];
    this.searchable = new long[rows / ROWS_PER_BLOCK];
    this.newest = new long[rows / ROWS_PER_BLOCK];
    this.dirtyBlocks = new DirtyBlocks(occupied.length);
  }

  /** Returns how much memory the vectors of a segment take. */
  static long vectorBytes(IndexOptions options) {
    return (long) options.rowsPerSegment() * options.stride() * Float.BYTES;
  }

  int number() {
    return number;
  }

  /** Releases the off-heap memory; no reader may run any more. */
  void release() {
    vectors.release();
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

  /** Returns codes by {@code wanted}, shown to searches or begun; under the row lock. */
  @Nullable RowCodes codesBy(Codebook wanted) {
    if (nextCodes != null && nextCodes.codebook() == wanted) {
      return nextCodes;
    }
    RowCodes present = codes;
    return present != null && present.codebook() == wanted ? present : null;
  }

  /** Returns whether every row has a code by {@code codebook}; while no row changes. */
  boolean isCodedBy(Codebook codebook) {
    RowCodes present = codes;
    if (present == null || present.codebook() != codebook) {
      return false;
    }
    for (int block = 0; block < occupied.length; block++) {
      if ((occupied(block) & ~present.coded(block)) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Stores a row's code; under the row lock. */
  void store(int slot, RowCodes target, RowCoder code) {
    target.store(slot, code);
    setDirty(slot);
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

  /** Returns where the vectors lie now; they are copied if they move, so read it after the bits. */
  SegmentMemory memory() {
    return vectors;
  }

  MemorySegment vectors() {
    return vectors.bytes();
  }

  /** Copies the vectors to other memory, and uses that from now on; under the row lock. */
  SegmentMemory moveTo(SegmentMemory target) {
    SegmentMemory replaced = vectors;
    target.bytes().copyFrom(replaced.bytes());
    vectors = target;
    return replaced;
  }

  /** Uses a copy of the codes from now on; under the row lock. */
  void replaceCodes(@Nullable RowCodes copy) {
    codes = copy;
  }

  long blockOffset(int block) {
    return (long) block * ROWS_PER_BLOCK * stride * Float.BYTES;
  }

  /** Fills a slot that has no bits and makes it visible from {@code sequence} on; writer only. */
  void write(int slot, IndexRow row, int tenant, int category, long sequence) {
    MemorySegment.copy(
        row.vector(), 0, vectors(), ScalarDotProducts.FLOAT, rowOffset(slot), dimension);
    checksums.put(slot, vectorBytes(slot));
    setDirty(slot);
    lastChange = sequence;
    writeColumns(slot, row, tenant, category, sequence);
  }

  private void writeColumns(int slot, IndexRow row, int tenant, int category, long sequence) {
    ids[slot] = row.id();
    payloads.put(slot, row.payload());
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
    lastChange = sequence;
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
    vectors().asSlice(rowOffset(slot), (long) stride * Float.BYTES).fill((byte) 0);
    setDirty(slot);
    RowCodes present = codes;
    if (present != null) {
      present.wipe(slot);
    }
    if (nextCodes != null) {
      nextCodes.wipe(slot);
    }
    ids[slot] = null;
    payloads.wipe(slot);
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

  /** Returns the rows of a block that are visible as of {@code sequence}. */
  long visible(int block, long sequence) {
    long visible = 0;
    for (long left = occupied(block); left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (isVisible(block * ROWS_PER_BLOCK + row, sequence)) {
        visible |= 1L << row;
      }
    }
    return visible;
  }

  String id(int slot) {
    String id = ids[slot];
    if (id == null) {
      throw new IllegalStateException("slot " + slot + " holds no row");
    }
    return id;
  }

  /** Returns a row's payload; not to be changed. */
  byte[] payload(int slot) {
    return payloads.get(slot);
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

  /**
   * Copies a row's vector out.
   *
   * @throws DamagedRowException if it is not what was put
   */
  void copyVector(int slot, float[] target) {
    verify(slot / ROWS_PER_BLOCK, 1L << slot);
    MemorySegment.copy(
        vectors(), ScalarDotProducts.FLOAT, rowOffset(slot), target, 0, target.length);
  }

  /**
   * Checks those vectors of a block that nobody has checked since they were read from a snapshot.
   *
   * @param rows bits of a block of {@link #occupied}, seen by a reader that still runs
   * @throws DamagedRowException if one is not what was put
   */
  void verify(int block, long rows) {
    for (long left = checksums.unverified(block, rows); left != 0; left &= left - 1) {
      int slot = block * ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left);
      if (!checksums.verify(slot, vectorBytes(slot))) {
        throw damage.report(vectors.file(), slot, id(slot));
      }
    }
  }

  /** Returns the rows of a block that nobody has checked since they were read from a snapshot. */
  long unverified(int block) {
    return checksums.unverified(block, occupied(block));
  }

  /** Wipes the vectors of all slots without a row, where they are not zero; at opening. */
  void wipeVectorsOfFreeSlots() {
    for (int block = 0; block < occupied.length; block++) {
      for (long left = ~occupied[block]; left != 0; left &= left - 1) {
        int slot = block * ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left);
        MemorySegment row = vectors().asSlice(rowOffset(slot), (long) stride * Float.BYTES);
        if (!isZero(row)) {
          row.fill((byte) 0);
          setDirty(slot);
        }
      }
    }
  }

  private static boolean isZero(MemorySegment row) {
    for (long at = 0; at < row.byteSize(); at += Long.BYTES) {
      if (row.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
        return false;
      }
    }
    return true;
  }

  int checksum(int slot) {
    return checksums.checksum(slot);
  }

  /** Returns the sequence number of the last put or deletion in the segment. */
  long lastChange() {
    return lastChange;
  }

  private void setDirty(int slot) {
    dirtyBlocks.set(slot / ROWS_PER_BLOCK);
  }

  /** Returns the blocks whose memory has to be forced; under the row lock. */
  DirtyBlocks dirtyBlocks() {
    return dirtyBlocks;
  }

  /** Returns the bytes of a row's vector and of what pads it, which goes into scores too. */
  private MemorySegment vectorBytes(int slot) {
    return vectors().asSlice(rowOffset(slot), (long) stride * Float.BYTES);
  }

  long rowOffset(int slot) {
    return (long) slot * stride * Float.BYTES;
  }
}
