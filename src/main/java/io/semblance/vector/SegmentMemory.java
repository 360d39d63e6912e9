package io.semblance.vector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap memory of one segment: a mapped file of an {@link IndexDirectory}, or none's.
 *
 * <p>Its owner releases it once no reader can look at it any more. Any thread may force it.
 */
final class SegmentMemory {
  private static final long ALIGNMENT_BYTES = 64;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;
  private final @Nullable MappedFile mapped;

  /** Whether all of a new file has been forced, its length included; the checkpoint's thread's. */
  private boolean forcedOnce;

  /** A file as it is mapped. */
  private record MappedFile(IndexDirectory directory, Path file, MemorySegment bytes) {}

  /** Where memory comes from: allocated in an arena, or mapped into it. */
  @FunctionalInterface
  interface Source<E extends Exception> {
    MemorySegment in(Arena arena) throws E;
  }

  private <E extends Exception> SegmentMemory(
      Source<E> source, @Nullable IndexDirectory directory, @Nullable Path file) throws E {
    MemorySegment memory;
    try {
      memory = source.in(arena);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
    this.bytes = asGlobal(memory);
    this.mapped =
        directory == null || file == null ? null : new MappedFile(directory, file, memory);
  }

  /** Returns zeros that end with the process. */
  static SegmentMemory anonymous(long bytes) {
    return new SegmentMemory(arena -> arena.allocate(bytes, ALIGNMENT_BYTES), null, null);
  }

  /**
   * Returns a mapped file.
   *
   * @param isNew false for a file that a durable manifest names
   * @param source maps it
   */
  static SegmentMemory ofFile(
      IndexDirectory directory, Path file, boolean isNew, Source<IOException> source)
      throws IOException {
    SegmentMemory memory = new SegmentMemory(source, directory, file);
    memory.forcedOnce = !isNew;
    return memory;
  }

  /**
   * Returns the same memory without the liveness checks of its arena, which cost kernels up to 1.4
   * times. Safe because {@link VectorIndex} releases memory only when no reader runs that could
   * look at it.
   */
  @SuppressWarnings("restricted")
  private static MemorySegment asGlobal(MemorySegment segment) {
    return MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize());
  }

  MemorySegment bytes() {
    return bytes;
  }

  long size() {
    return bytes.byteSize();
  }

  boolean isMapped() {
    return mapped != null;
  }

  /** Returns the file, for messages; null for anonymous memory. */
  @Nullable Path file() {
    return mapped == null ? null : mapped.file();
  }

  /**
   * Makes a range durable: of a new file all of it, the first time. For one thread at a time.
   *
   * @return how many bytes that were
   * @throws IllegalStateException if it is anonymous
   */
  long force(long offset, long length) throws IOException {
    MappedFile target = mapped;
    if (target == null) {
      throw new IllegalStateException("memory without a file cannot be made durable");
    }
    long from = forcedOnce ? offset : 0;
    long forced = forcedOnce ? length : bytes.byteSize();
    if (forced > 0) {
      target.directory().files().force(target.bytes(), target.file(), from, forced);
    }
    forcedOnce = true;
    return forced;
  }

  /** Returns whether everything in a new file has still to be forced. */
  boolean isNew() {
    return !forcedOnce;
  }

  /** Releases the memory, not the file; no reader may look at it any more. */
  void release() {
    arena.close();
    if (mapped != null) {
      mapped.directory().released(mapped.file());
    }
  }
}
