package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The CRC-32C of the vectors of a segment's slots, and which of them are known to be right. A row
 * that this process put is; one that it found in a snapshot is checked when somebody first looks at
 * its vector, so that an index is open before all of them have come from the disk.
 *
 * <p>The writer sets a slot's checksum before its row's bit is set with release semantics; readers
 * have seen that bit. They may check the same row at the same time, to the same end.
 */
final class VectorChecksums {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private final int[] checksums;
  private final long[] verified;

  VectorChecksums(int rows) {
    this.checksums = new int[rows];
    this.verified = new long[rows / RowSegment.ROWS_PER_BLOCK];
  }

  /** Takes the checksums of a snapshot, none of them verified; the array is kept. */
  VectorChecksums(int[] checksums) {
    this.checksums = checksums;
    this.verified = new long[checksums.length / RowSegment.ROWS_PER_BLOCK];
  }

  /** Returns the checksum of a vector's bytes. */
  static int of(MemorySegment vector) {
    return of(vector.asByteBuffer());
  }

  /** Returns the checksum of a buffer's remaining bytes. */
  static int of(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  /** Sums up a vector just written; writer only. */
  void put(int slot, MemorySegment vector) {
    checksums[slot] = of(vector);
    setVerified(slot);
  }

  /** Returns which of {@code rows} nobody has checked yet. */
  long unverified(int block, long rows) {
    return rows & ~(long) LONGS.getOpaque(verified, block);
  }

  /** Returns whether a vector's bytes are those that were summed up, and remembers it if so. */
  boolean verify(int slot, MemorySegment vector) {
    if (of(vector) != checksums[slot]) {
      return false;
    }
    setVerified(slot);
    return true;
  }

  private void setVerified(int slot) {
    LONGS.getAndBitwiseOr(verified, slot / RowSegment.ROWS_PER_BLOCK, 1L << slot);
  }

  int checksum(int slot) {
    return checksums[slot];
  }
}
