package io.semblance.vector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * An immutable file of a snapshot as it is read: begins with a magic number, ends with the CRC-32C
 * of all before. For one thread.
 */
final class SnapshotFile {
  private static final int CHECKSUM_BYTES = Integer.BYTES;

  private final Path file;
  private final ByteBuffer bytes;
  private final int storedChecksum;

  private SnapshotFile(Path file, ByteBuffer bytes, int storedChecksum) {
    this.file = file;
    this.bytes = bytes;
    this.storedChecksum = storedChecksum;
  }

  /**
   * Reads a file up to its magic number; {@link #checkChecksum} is left to the caller.
   *
   * @throws ForeignSnapshotException if it begins with another
   * @throws TornSnapshotException if it is too short
   * @throws NoSuchFileException if there is none
   */
  static SnapshotFile read(FileOperations files, Path file, long magic) throws IOException {
    ByteBuffer bytes = files.read(file);
    if (bytes.remaining() < Long.BYTES + CHECKSUM_BYTES) {
      throw new TornSnapshotException(file, "it has only " + bytes.remaining() + " bytes");
    }
    if (bytes.getLong() != magic) {
      throw new ForeignSnapshotException(
          file, "it does not begin like a file of that name of a vector index");
    }
    int end = bytes.limit() - CHECKSUM_BYTES;
    int stored = bytes.getInt(end);
    return new SnapshotFile(file, bytes.limit(end), stored);
  }

  /**
   * Reads a file that a manifest describes, and checks all of it.
   *
   * @throws TornSnapshotException if it is missing or not what the manifest says
   */
  static SnapshotFile read(FileOperations files, Path file, long magic, long length, int checksum)
      throws IOException {
    SnapshotFile read;
    try {
      read = read(files, file, magic);
    } catch (NoSuchFileException e) {
      throw new TornSnapshotException(file, "it is missing");
    } catch (ForeignSnapshotException e) {
      throw new TornSnapshotException(file, "it begins with other bytes than it was written with");
    }
    if (read.length() != length) {
      throw new TornSnapshotException(
          file, "it has %d bytes instead of %d".formatted(read.length(), length));
    }
    if (read.storedChecksum != checksum) {
      throw new TornSnapshotException(file, "its checksum is not the one that the manifest names");
    }
    read.checkChecksum();
    return read;
  }

  private long length() {
    return (long) bytes.limit() + CHECKSUM_BYTES;
  }

  void checkChecksum() throws TornSnapshotException {
    if (VectorChecksums.of(bytes.duplicate().rewind()) != storedChecksum) {
      throw new TornSnapshotException(file, "its checksum is wrong");
    }
  }

  Path file() {
    return file;
  }

  long getLong() throws TornSnapshotException {
    return need(Long.BYTES).getLong();
  }

  int getInt() throws TornSnapshotException {
    return need(Integer.BYTES).getInt();
  }

  double getDouble() throws TornSnapshotException {
    return need(Double.BYTES).getDouble();
  }

  /** Returns a count of things that have at least {@code bytesEach} bytes. */
  int getCount(int bytesEach) throws TornSnapshotException {
    int count = getInt();
    if (count < 0 || (long) count * bytesEach > bytes.remaining()) {
      throw new TornSnapshotException(file, "it ends early");
    }
    return count;
  }

  String getString() throws TornSnapshotException {
    byte[] string = getBytes(getCount(1));
    return new String(string, StandardCharsets.UTF_8);
  }

  byte[] getBytes(int length) throws TornSnapshotException {
    byte[] read = new byte[length];
    need(length).get(read);
    return read;
  }

  long[] getLongs(int count) throws TornSnapshotException {
    long[] read = new long[count];
    need((long) count * Long.BYTES).asLongBuffer().get(read);
    bytes.position(bytes.position() + count * Long.BYTES);
    return read;
  }

  int[] getInts(int count) throws TornSnapshotException {
    int[] read = new int[count];
    need((long) count * Integer.BYTES).asIntBuffer().get(read);
    bytes.position(bytes.position() + count * Integer.BYTES);
    return read;
  }

  float[] getFloats(int count) throws TornSnapshotException {
    float[] read = new float[count];
    need((long) count * Float.BYTES).asFloatBuffer().get(read);
    bytes.position(bytes.position() + count * Float.BYTES);
    return read;
  }

  private ByteBuffer need(long length) throws TornSnapshotException {
    if (length < 0 || bytes.remaining() < length) {
      throw new TornSnapshotException(file, "it ends early");
    }
    return bytes;
  }

  /** Checks that nothing is left to read. */
  void finish() throws TornSnapshotException {
    if (bytes.hasRemaining()) {
      throw new TornSnapshotException(file, "bytes follow its end");
    }
  }
}
