package io.semblance.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of slots for rows: vectors off-heap, the rest in arrays.
 *
 * <pre>
 *   vectors: slot 0 [ component 0 … padded-1 ] slot 1 [ … ] …   float32, native byte order
 *   live:    one bit a slot, 64 slots (a block) a word
 * </pre>
 *
 * <p>The writer fills a dead slot and then sets its live bit with release; a reader loads the word
 * with acquire before it looks at any slot of the block. A live slot is never written.
 */
final class Segment {
  /** Slots of one block: those that share a word of live bits. */
  static final int BLOCK = Long.SIZE;

  private static final long ALIGNMENT_BYTES = 64;

  final MemorySegment vectors;
  private final AtomicLongArray live;
  private final AtomicLongArray blockSequence;
  private final @Nullable String[] ids;
  private final byte[][] payloads;
  private final int[] tenants;
  private final int[] categories;
  private final long[] sequences;
  private final boolean[] searchable;
  private final int rowBytes;

  Segment(int rows, int paddedDimension) {
    rowBytes = paddedDimension * Float.BYTES;
    // Freed by the collector when the last search that holds it is done: no check on each access.
    vectors = Arena.ofAuto().allocate((long) rows * rowBytes, ALIGNMENT_BYTES);
    live = new AtomicLongArray(rows / BLOCK);
    blockSequence = new AtomicLongArray(rows / BLOCK);
    ids = new String[rows];
    payloads = new byte[rows][];
    tenants = new int[rows];
    categories = new int[rows];
    sequences = new long[rows];
    searchable = new boolean[rows];
  }

  int blocks() {
    return live.length();
  }

  /** Returns where the vector of {@code slot} begins, in bytes. */
  long offset(int slot) {
    return (long) slot * rowBytes;
  }

  /** Returns the live bits of {@code block}, bit i for slot 64·block + i. */
  long liveBits(int block) {
    return live.getAcquire(block);
  }

  /** Returns the greatest sequence number that was ever put into {@code block}. */
  long blockSequence(int block) {
    return blockSequence.getAcquire(block);
  }

  String id(int slot) {
    String id = ids[slot];
    if (id == null) {
      throw new IllegalStateException("slot %d was never filled".formatted(slot));
    }
    return id;
  }

  byte[] payload(int slot) {
    return payloads[slot];
  }

  int tenant(int slot) {
    return tenants[slot];
  }

  int category(int slot) {
    return categories[slot];
  }

  long sequence(int slot) {
    return sequences[slot];
  }

  boolean isSearchable(int slot) {
    return searchable[slot];
  }

  /** Returns a copy of the vector of {@code slot}. */
  float[] vector(int slot, int dimension) {
    float[] vector = new float[dimension];
    MemorySegment.copy(vectors, ValueLayout.JAVA_FLOAT, offset(slot), vector, 0, dimension);
    return vector;
  }

  /** Writer: fills a dead slot and brings it to life. */
  void fill(int slot, IndexRow row, int tenant, int category, long sequence) {
    ids[slot] = row.id();
    payloads[slot] = row.payload().clone();
    tenants[slot] = tenant;
    categories[slot] = category;
    sequences[slot] = sequence;
    searchable[slot] = row.searchable();
    MemorySegment.copy(
        row.vector(), 0, vectors, ValueLayout.JAVA_FLOAT, offset(slot), row.vector().length);
    int block = slot / BLOCK;
    blockSequence.setRelease(block, sequence);
    live.setRelease(block, live.getPlain(block) | bit(slot));
  }

  /** Writer: takes a slot's life; its contents stay until it is filled again or cleared. */
  void kill(int slot) {
    int block = slot / BLOCK;
    live.setRelease(block, live.getPlain(block) & ~bit(slot));
  }

  /** Writer: overwrites what a dead slot held, once nobody reads it. */
  void clear(int slot) {
    ids[slot] = null;
    payloads[slot] = new byte[0];
    vectors.asSlice(offset(slot), rowBytes).fill((byte) 0);
  }

  boolean isLive(int slot) {
    return (liveBits(slot / BLOCK) & bit(slot)) != 0;
  }

  private static long bit(int slot) {
    return 1L << (slot % BLOCK);
  }
}
