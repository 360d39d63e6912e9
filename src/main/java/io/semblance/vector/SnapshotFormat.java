package io.semblance.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The layout of a snapshot file. Everything is little-endian; strings are UTF-8 with an int length.
 *
 * <pre>
 *   header   | magic 8 | version 4 | length L 4 | L bytes | CRC-32C of all before 4 |
 *     L bytes: | dimension 4 | rows 8 | sequence 8 | attributes 4 | (name, value)* |
 *   body     | row | row | …
 *     row:   | born 8 | searchable 1 | id | tenant | category | payload length 4 | payload |
 *            | dimension float32 |
 *   footer   | body length 8 | CRC-32C of the body 4 | magic 8 |
 * </pre>
 *
 * Rows are the visible ones alone, so that nothing of a deleted row remains.
 */
final class SnapshotFormat {
  static final long MAGIC = magic("SEMBLVEC");
  static final long END_MAGIC = magic("SEMBLEND");
  static final int VERSION = 1;

  /** Bytes before a header's variable part. */
  static final int PREFIX_BYTES = 8 + 4 + 4;

  static final int CHECKSUM_BYTES = 4;
  static final int FOOTER_BYTES = 8 + 4 + 8;

  /** Largest variable part of a header. */
  static final int HEADER_BYTES_MAX = 1 << 20;

  /** Bytes read or written at a time. */
  static final int BUFFER_BYTES = 1 << 20;

  private SnapshotFormat() {}

  private static long magic(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  /** Returns a header from magic to checksum, ready to be read. */
  static ByteBuffer encode(SnapshotHeader header) {
    int length = 4 + 8 + 8 + 4;
    List<byte[]> attributes = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(header.attributes()).entrySet()) {
      byte[] name = entry.getKey().getBytes(StandardCharsets.UTF_8);
      byte[] value = entry.getValue().getBytes(StandardCharsets.UTF_8);
      attributes.add(name);
      attributes.add(value);
      length = Math.addExact(length, 8 + name.length + value.length);
    }
    if (length > HEADER_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the snapshot's attributes take %d bytes, more than the %d allowed"
              .formatted(length, HEADER_BYTES_MAX));
    }
    ByteBuffer buffer =
        ByteBuffer.allocate(PREFIX_BYTES + length + CHECKSUM_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(MAGIC)
            .putInt(VERSION)
            .putInt(length)
            .putInt(header.dimension())
            .putLong(header.rows())
            .putLong(header.sequence())
            .putInt(header.attributes().size());
    attributes.forEach(part -> buffer.putInt(part.length).put(part));
    buffer.putInt(checksum(buffer.slice(0, buffer.position())));
    return buffer.flip();
  }

  static int checksum(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }
}
