package io.semblance.vector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * An index's state at one moment, held until it is closed. Any one thread may write it while the
 * index goes on being changed and searched. Close it soon: it keeps old rows' slots from reuse.
 */
public final class PendingSnapshot implements AutoCloseable {
  private final VectorIndex index;
  private final long sequence;
  private final Map<String, String> attributes;
  private final Runnable release;
  private boolean closed;

  PendingSnapshot(
      VectorIndex index, long sequence, Map<String, String> attributes, Runnable release) {
    this.index = index;
    this.sequence = sequence;
    this.attributes = attributes;
    this.release = release;
  }

  /** Returns the sequence number as of which the snapshot is. */
  public long sequence() {
    return sequence;
  }

  /**
   * Writes the snapshot as {@code file}, atomically: after a failure or crash at any point the file
   * is either the old one or the new one. What was in {@code file} is replaced.
   *
   * @return the file's length in bytes
   * @throws IOException if it cannot be written; the old file is then as it was
   */
  public long writeTo(Path file) throws IOException {
    if (closed) {
      throw new IllegalStateException("the pending snapshot is closed");
    }
    Path temporary = temporaryOf(file);
    try {
      long length = write(temporary);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      forceDirectory(file);
      return length;
    } catch (IOException | RuntimeException | Error e) {
      deleteAfter(e, temporary);
      throw e;
    }
  }

  /** Returns where a snapshot is written before it gets its name; a crash may leave it behind. */
  public static Path temporaryOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".tmp");
  }

  private static void deleteAfter(Throwable cause, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static void forceDirectory(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null && !System.getProperty("os.name", "").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private long write(Path temporary) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer header =
          SnapshotFormat.encode(
              new SnapshotHeader(index.options().dimension(), countRows(), sequence, attributes));
      while (header.hasRemaining()) {
        channel.write(header);
      }
      Body body = new Body(channel);
      RowSegment[] segments = index.segments();
      for (RowSegment segment : segments) {
        for (int block = 0; block < segment.blocks(); block++) {
          writeBlock(segment, block, body);
        }
      }
      body.finish();
      channel.force(true);
      return channel.size();
    }
  }

  private long countRows() {
    long rows = 0;
    for (RowSegment segment : index.segments()) {
      for (int block = 0; block < segment.blocks(); block++) {
        rows += Long.bitCount(visible(segment, block));
      }
    }
    return rows;
  }

  private long visible(RowSegment segment, int block) {
    long visible = 0;
    for (long left = segment.occupied(block); left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (segment.isVisible(block * RowSegment.ROWS_PER_BLOCK + row, sequence)) {
        visible |= 1L << row;
      }
    }
    return visible;
  }

  private void writeBlock(RowSegment segment, int block, Body body) throws IOException {
    for (long left = visible(segment, block); left != 0; left &= left - 1) {
      int slot = block * RowSegment.ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left);
      body.putLong(segment.born(slot));
      body.putByte(segment.isSearchable(slot) ? 1 : 0);
      body.putBytes(segment.id(slot).getBytes(StandardCharsets.UTF_8));
      body.putBytes(index.tenants().decode(segment.tenant(slot)).getBytes(StandardCharsets.UTF_8));
      body.putBytes(
          index.categories().decode(segment.category(slot)).getBytes(StandardCharsets.UTF_8));
      body.putBytes(segment.payload(slot));
      body.putSegment(segment.vectorBytes(slot, index.options().dimension()));
    }
  }

  /** Lets the index reuse the slots of rows that changed meanwhile. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }

  /** The body and footer of a file, buffered and summed. */
  private static final class Body {
    private final FileChannel channel;
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C checksum = new CRC32C();
    private long length;

    Body(FileChannel channel) {
      this.channel = channel;
    }

    void putLong(long value) throws IOException {
      reserve(Long.BYTES);
      buffer.putLong(value);
    }

    void putByte(int value) throws IOException {
      reserve(1);
      buffer.put((byte) value);
    }

    void putBytes(byte[] bytes) throws IOException {
      reserve(Integer.BYTES + bytes.length);
      buffer.putInt(bytes.length).put(bytes);
    }

    void putSegment(MemorySegment bytes) throws IOException {
      reserve((int) bytes.byteSize());
      buffer.put(bytes.asByteBuffer());
    }

    private void reserve(int bytes) throws IOException {
      if (buffer.remaining() < bytes) {
        flush();
      }
    }

    private void flush() throws IOException {
      buffer.flip();
      length += buffer.remaining();
      checksum.update(buffer);
      buffer.rewind();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      buffer.clear();
    }

    void finish() throws IOException {
      flush();
      buffer
          .putLong(length)
          .putInt((int) checksum.getValue())
          .putLong(SnapshotFormat.END_MAGIC)
          .flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }
}
