package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/** Reads numbers of an encoded image; reading past the end means that the image is cut short. */
final class Bytes {
  private final byte[] bytes;
  private final int base;
  private final int end;
  private boolean littleEndian;

  Bytes(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private Bytes(byte[] bytes, int base, int end) {
    this.bytes = bytes;
    this.base = base;
    this.end = end;
  }

  Bytes littleEndian(boolean little) {
    littleEndian = little;
    return this;
  }

  /** Returns a view in which {@code from} is 0. */
  Bytes slice(long from, long length) throws ImageRejectedException {
    require(from, length);
    return new Bytes(bytes, base + (int) from, base + (int) (from + length));
  }

  int length() {
    return end - base;
  }

  int u8(long at) throws ImageRejectedException {
    require(at, 1);
    return bytes[base + (int) at] & 0xFF;
  }

  int u16(long at) throws ImageRejectedException {
    int first = u8(at);
    int second = u8(at + 1);
    return littleEndian ? second << 8 | first : first << 8 | second;
  }

  int u24(long at) throws ImageRejectedException {
    int low = littleEndian ? u8(at) : u8(at + 2);
    int high = littleEndian ? u8(at + 2) : u8(at);
    return high << 16 | u8(at + 1) << 8 | low;
  }

  long u32(long at) throws ImageRejectedException {
    long first = u16(at);
    long second = u16(at + 2);
    return littleEndian ? second << 16 | first : first << 16 | second;
  }

  boolean hasText(long at, String text) throws ImageRejectedException {
    for (int i = 0; i < text.length(); i++) {
      if (at + i >= length() || u8(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void require(long at, long count) throws ImageRejectedException {
    if (at < 0 || count < 0 || at + count > length()) {
      throw corrupt("it ends early");
    }
  }

  static ImageRejectedException corrupt(String cause) {
    return new ImageRejectedException(
        Reason.CORRUPT, "the image is damaged: " + cause + "; send it again, whole");
  }
}
