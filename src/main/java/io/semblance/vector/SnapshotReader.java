package io.semblance.vector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads a snapshot file, see {@link SnapshotFormat}. Rows are put into the index as they come; a
 * bad checksum shows at the end, and the caller throws the index away.
 */
final class SnapshotReader implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();
  private final SnapshotHeader header;
  private final int expectedChecksum;
  private long bodyLeft;

  SnapshotReader(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      ByteBuffer prefix = readAt(0, SnapshotFormat.PREFIX_BYTES);
      long bodyStart = checkPrefix(prefix);
      this.header = readHeader(bodyStart);
      long footerStart = channel.size() - SnapshotFormat.FOOTER_BYTES;
      if (footerStart < bodyStart) {
        throw torn("it ends before its footer");
      }
      ByteBuffer footer = readAt(footerStart, SnapshotFormat.FOOTER_BYTES);
      this.bodyLeft = footer.getLong();
      this.expectedChecksum = footer.getInt();
      if (footer.getLong() != SnapshotFormat.END_MAGIC || bodyLeft != footerStart - bodyStart) {
        throw torn("its footer is missing or does not fit its length");
      }
      channel.position(bodyStart);
      buffer.limit(0);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** Reads all rows of {@code file} into an empty index that no other thread uses yet. */
  static void readInto(VectorIndex index, Path file) throws IOException {
    try (SnapshotReader reader = new SnapshotReader(file)) {
      SnapshotHeader header = reader.header();
      if (header.dimension() != index.options().dimension()) {
        throw new ForeignSnapshotException(
            file,
            "its vectors have %d dimensions, the index's %d"
                .formatted(header.dimension(), index.options().dimension()));
      }
      for (long row = 0; row < header.rows(); row++) {
        long born = reader.readLong();
        index.restore(reader.readRow(), born);
      }
      reader.finish();
      index.restored(header.sequence());
    }
  }

  SnapshotHeader header() {
    return header;
  }

  private long checkPrefix(ByteBuffer prefix) throws IOException {
    if (prefix.getLong() != SnapshotFormat.MAGIC) {
      throw new ForeignSnapshotException(file, "it does not begin like a vector index snapshot");
    }
    int version = prefix.getInt();
    if (version != SnapshotFormat.VERSION) {
      throw new ForeignSnapshotException(
          file,
          "its format version is %d, this program reads version %d"
              .formatted(version, SnapshotFormat.VERSION));
    }
    int length = prefix.getInt();
    if (length < 0 || length > SnapshotFormat.HEADER_BYTES_MAX) {
      throw torn("its header's length is " + length);
    }
    return (long) SnapshotFormat.PREFIX_BYTES + length + SnapshotFormat.CHECKSUM_BYTES;
  }

  private SnapshotHeader readHeader(long end) throws IOException {
    ByteBuffer bytes = readAt(0, (int) end);
    int summed = (int) end - SnapshotFormat.CHECKSUM_BYTES;
    if (bytes.getInt(summed) != SnapshotFormat.checksum(bytes.slice(0, summed))) {
      throw torn("its header's checksum is wrong");
    }
    bytes.position(SnapshotFormat.PREFIX_BYTES);
    int dimension = bytes.getInt();
    long rows = bytes.getLong();
    long sequence = bytes.getLong();
    Map<String, String> attributes = new HashMap<>();
    for (int left = bytes.getInt(); left > 0; left--) {
      attributes.put(readString(bytes), readString(bytes));
    }
    return new SnapshotHeader(dimension, rows, sequence, attributes);
  }

  private static String readString(ByteBuffer bytes) {
    byte[] string = new byte[bytes.getInt()];
    bytes.get(string);
    return new String(string, StandardCharsets.UTF_8);
  }

  private ByteBuffer readAt(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw torn("it ends after %d bytes".formatted(channel.size()));
      }
    }
    return bytes.flip();
  }

  private IndexRow readRow() throws IOException {
    require(1);
    boolean searchable = buffer.get() != 0;
    String id = readString(4 * VectorIndex.ID_LENGTH_MAX);
    String tenant = readString(4 * VectorIndex.ID_LENGTH_MAX);
    String category = readString(4 * VectorIndex.ID_LENGTH_MAX);
    byte[] payload = readBytes(VectorIndex.PAYLOAD_BYTES_MAX);
    float[] vector = new float[header.dimension()];
    require(vector.length * Float.BYTES);
    buffer.asFloatBuffer().get(vector);
    buffer.position(buffer.position() + vector.length * Float.BYTES);
    if (id.isBlank()) {
      throw torn("a row has no id");
    }
    for (float component : vector) {
      if (!(Math.abs(component) <= VectorIndex.COMPONENT_MAX)) {
        throw torn("a component of row '" + id + "' is " + component);
      }
    }
    return new IndexRow(id, vector, tenant, category, payload, searchable);
  }

  private String readString(int bytesMax) throws IOException {
    return new String(readBytes(bytesMax), StandardCharsets.UTF_8);
  }

  private byte[] readBytes(int bytesMax) throws IOException {
    require(Integer.BYTES);
    int length = buffer.getInt();
    if (length < 0 || length > bytesMax) {
      throw torn("a part of a row has " + length + " bytes");
    }
    require(length);
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  private long readLong() throws IOException {
    require(Long.BYTES);
    return buffer.getLong();
  }

  /** Makes at least {@code bytes} bytes of the body available in the buffer. */
  private void require(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    buffer.compact();
    int fresh = buffer.position();
    if (bodyLeft < buffer.remaining()) {
      buffer.limit(fresh + (int) bodyLeft);
    }
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // fill
    }
    bodyLeft -= buffer.position() - fresh;
    buffer.flip();
    checksum.update(buffer.duplicate().position(fresh));
    if (buffer.remaining() < bytes) {
      throw torn("its rows end early");
    }
  }

  /** Reads the body for its checksum alone. */
  void verifyBody() throws IOException {
    while (bodyLeft > 0) {
      require(1);
      buffer.position(buffer.limit());
    }
    finish();
  }

  private void finish() throws IOException {
    if (buffer.hasRemaining() || bodyLeft != 0) {
      throw torn("bytes follow its last row");
    }
    if ((int) checksum.getValue() != expectedChecksum) {
      throw torn("its rows' checksum is wrong");
    }
  }

  private TornSnapshotException torn(String cause) {
    return new TornSnapshotException(file, cause);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
