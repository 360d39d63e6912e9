package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;
import java.nio.charset.StandardCharsets;

/**
 * Bounds-checked numbers out of hostile bytes: whatever lies outside of them is an image that ends
 * early, never an index error.
 */
record ByteReader(byte[] bytes) {

  int length() {
    return bytes.length;
  }

  int u8(long offset) throws ImageRejectedException {
    require(offset, 1);
    return bytes[(int) offset] & 0xFF;
  }

  int u16BigEndian(long offset) throws ImageRejectedException {
    require(offset, 2);
    int i = (int) offset;
    return (bytes[i] & 0xFF) << 8 | (bytes[i + 1] & 0xFF);
  }

  int u16LittleEndian(long offset) throws ImageRejectedException {
    return Short.toUnsignedInt(Short.reverseBytes((short) u16BigEndian(offset)));
  }

  long u32BigEndian(long offset) throws ImageRejectedException {
    return (long) u16BigEndian(offset) << 16 | u16BigEndian(offset + 2);
  }

  long u32LittleEndian(long offset) throws ImageRejectedException {
    return u16LittleEndian(offset) | (long) u16LittleEndian(offset + 2) << 16;
  }

  int u24LittleEndian(long offset) throws ImageRejectedException {
    return u16LittleEndian(offset) | u8(offset + 2) << 16;
  }

  int u16(long offset, boolean littleEndian) throws ImageRejectedException {
    return littleEndian ? u16LittleEndian(offset) : u16BigEndian(offset);
  }

  long u32(long offset, boolean littleEndian) throws ImageRejectedException {
    return littleEndian ? u32LittleEndian(offset) : u32BigEndian(offset);
  }

  String tag(long offset) throws ImageRejectedException {
    require(offset, 4);
    return new String(bytes, (int) offset, 4, StandardCharsets.ISO_8859_1);
  }

  private void require(long offset, int count) throws ImageRejectedException {
    if (offset < 0) {
      throw new ImageRejectedException(
          Reason.CORRUPT,
          "The image is damaged: it refers to what comes before its start. Upload an intact file.");
    }
    if (offset > bytes.length - (long) count) {
      throw new ImageRejectedException(
          Reason.CORRUPT,
          "The image ends early: it has %d bytes and needs %d at least. Upload the whole file."
              .formatted(bytes.length, offset + count));
    }
  }
}
