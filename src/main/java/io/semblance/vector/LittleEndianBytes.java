package io.semblance.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of a file in the making, little-endian, that grow as they must. For one thread. */
final class LittleEndianBytes {
  private ByteBuffer buffer = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  /** Returns the long whose bytes are eight characters of ASCII. */
  static long magic(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  LittleEndianBytes putLong(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  LittleEndianBytes putInt(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  LittleEndianBytes putDouble(double value) {
    room(Double.BYTES).putDouble(value);
    return this;
  }

  /** Appends a string: the number of its bytes, then the bytes in UTF-8. */
  LittleEndianBytes putString(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return putInt(bytes.length).putBytes(bytes);
  }

  LittleEndianBytes putBytes(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  LittleEndianBytes putLongs(long[] values) {
    for (long value : values) {
      putLong(value);
    }
    return this;
  }

  LittleEndianBytes putInts(int[] values) {
    for (int value : values) {
      putInt(value);
    }
    return this;
  }

  LittleEndianBytes putFloats(float[] values) {
    for (float value : values) {
      putInt(Float.floatToRawIntBits(value));
    }
    return this;
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int length = Math.max(Math.addExact(buffer.position(), bytes), buffer.capacity() * 2);
      int position = buffer.position();
      buffer =
          ByteBuffer.wrap(Arrays.copyOf(buffer.array(), length))
              .order(ByteOrder.LITTLE_ENDIAN)
              .position(position);
    }
    return buffer;
  }

  /** Ends with the CRC-32C of all before, and returns all to be read. */
  ByteBuffer finish() {
    putInt(VectorChecksums.of(buffer.duplicate().flip()));
    return buffer.flip();
  }
}
