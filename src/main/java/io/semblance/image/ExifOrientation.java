package io.semblance.image;

/** Finds and applies the orientation tag of TIFF and EXIF metadata (EXIF 2.3, tag 0x0112). */
final class ExifOrientation {
  static final int UPRIGHT = 1;
  private static final int ORIENTATION_TAG = 0x0112;
  private static final int TYPE_SHORT = 3;
  private static final int TYPE_LONG = 4;
  private static final int ENTRY_BYTES = 12;

  private ExifOrientation() {}

  /**
   * Returns the orientation in the first directory of the TIFF structure at {@code start}, or 1:
   * broken metadata never condemns a picture. Only the first directory is read, so loops end.
   */
  static int read(ByteReader in, long start, long end) {
    try {
      int order = in.u16BigEndian(start);
      if (order != 0x4949 && order != 0x4D4D) {
        return UPRIGHT;
      }
      boolean littleEndian = order == 0x4949;
      long directory = start + in.u32(start + 4, littleEndian);
      int entries = in.u16(directory, littleEndian);
      for (int i = 0; i < entries; i++) {
        long entry = directory + 2 + (long) i * ENTRY_BYTES;
        if (entry + ENTRY_BYTES > end) {
          return UPRIGHT;
        }
        if (in.u16(entry, littleEndian) == ORIENTATION_TAG) {
          int type = in.u16(entry + 2, littleEndian);
          long value =
              type == TYPE_SHORT
                  ? in.u16(entry + 8, littleEndian)
                  : type == TYPE_LONG ? in.u32(entry + 8, littleEndian) : UPRIGHT;
          return normalize(value);
        }
      }
    } catch (ImageRejectedException e) {
      return UPRIGHT;
    }
    return UPRIGHT;
  }

  static int normalize(long value) {
    return value >= 1 && value <= 8 ? (int) value : UPRIGHT;
  }

  /** Returns {@code image} turned and mirrored so that it is upright. */
  static DecodedImage apply(DecodedImage image, int orientation) {
    if (orientation == UPRIGHT) {
      return image;
    }
    int width = image.width();
    int height = image.height();
    boolean transposed = orientation >= 5;
    int outWidth = transposed ? height : width;
    int outHeight = transposed ? width : height;
    // Source index of output (x, y) is origin + x * stepX + y * stepY, in pixels.
    long last = (long) width * height - 1;
    long origin;
    int stepX;
    int stepY;
    switch (orientation) {
      case 2 -> {
        origin = width - 1L;
        stepX = -1;
        stepY = width;
      }
      case 3 -> {
        origin = last;
        stepX = -1;
        stepY = -width;
      }
      case 4 -> {
        origin = last - (width - 1L);
        stepX = 1;
        stepY = -width;
      }
      case 5 -> {
        origin = 0;
        stepX = width;
        stepY = 1;
      }
      case 6 -> {
        origin = last - (width - 1L);
        stepX = -width;
        stepY = 1;
      }
      case 7 -> {
        origin = last;
        stepX = -width;
        stepY = -1;
      }
      case 8 -> {
        origin = width - 1L;
        stepX = width;
        stepY = -1;
      }
      default -> throw new IllegalArgumentException("no such orientation: " + orientation);
    }
    byte[] in = image.rgb();
    byte[] out = new byte[in.length];
    int to = 0;
    for (int y = 0; y < outHeight; y++) {
      int from = (int) ((origin + (long) y * stepY) * 3);
      for (int x = 0; x < outWidth; x++) {
        out[to] = in[from];
        out[to + 1] = in[from + 1];
        out[to + 2] = in[from + 2];
        to += 3;
        from += stepX * 3;
      }
    }
    return new DecodedImage(out, outWidth, outHeight);
  }
}
