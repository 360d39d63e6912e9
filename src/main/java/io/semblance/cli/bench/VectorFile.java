package io.semblance.cli.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.LongStream;

/** A mapped file of little-endian float32 vectors, one after the other and nothing else. */
final class VectorFile implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ROWS_AT_A_TIME = 1_024;

  private final Arena arena;
  private final MemorySegment bytes;
  private final int dimension;

  private VectorFile(Arena arena, MemorySegment bytes, int dimension) {
    this.arena = arena;
    this.bytes = bytes;
    this.dimension = dimension;
  }

  /** Writes one vector. */
  interface Rows {
    /** Writes row {@code row} into {@code into}; called by several threads. */
    void read(long row, float[] into);
  }

  /**
   * Maps a file.
   *
   * @throws IllegalArgumentException if its length is not that of whole vectors
   */
  @SuppressWarnings("MustBeClosed") // the file's own close closes the arena
  static VectorFile open(Path file, int dimension) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() == 0 || channel.size() % ((long) dimension * Float.BYTES) != 0) {
        throw new IllegalArgumentException(
            "%s has %d bytes, which is not a number of vectors of dimension %d"
                .formatted(file, channel.size(), dimension));
      }
      Arena arena = Arena.ofShared();
      return new VectorFile(
          arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), dimension);
    }
  }

  /** Writes {@code count} vectors to a new file, on all cores. */
  static void write(Path file, int dimension, long count, Rows rows) throws IOException {
    long rowBytes = (long) dimension * Float.BYTES;
    try (Arena arena = Arena.ofShared();
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, count * rowBytes, arena);
      LongStream.range(0, Math.ceilDiv(count, ROWS_AT_A_TIME))
          .parallel()
          .forEach(chunk -> {
            float[] row = new float[dimension];
            long end = Math.min(count, (chunk + 1) * ROWS_AT_A_TIME);
            for (long i = chunk * ROWS_AT_A_TIME; i < end; i++) {
              rows.read(i, row);
              MemorySegment.copy(row, 0, bytes, FLOAT, i * rowBytes, dimension);
            }
          });
    }
  }

  int dimension() {
    return dimension;
  }

  /** Returns how many vectors the file holds. */
  long count() {
    return bytes.byteSize() / Float.BYTES / dimension;
  }

  /** Copies a vector to the first {@link #dimension()} elements of {@code into}. */
  void read(long row, float[] into) {
    MemorySegment.copy(bytes, FLOAT, row * dimension * Float.BYTES, into, 0, dimension);
  }

  @Override
  public void close() {
    arena.close();
  }
}
