package io.semblance.image;

import java.util.Arrays;
import java.util.Set;

/**
 * Reads the first directory of a TIFF file (TIFF 6.0) without decoding; further pages are ignored.
 *
 * @param header size and orientation
 * @param alpha whether there is a sample beyond the colour ones, which may be alpha
 * @param associatedAlpha whether the file's colours are already multiplied by alpha
 * @param orientationAt byte position of the orientation's value, or -1
 */
record TiffHeader(ImageHeader header, boolean alpha, boolean associatedAlpha, long orientationAt) {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS_PER_SAMPLE = 258;
  private static final int PHOTOMETRIC = 262;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SEPARATED = 5;
  private static final int MAX_SAMPLES = 8;
  private static final int TILE_SIDE_MAX = 1 << 16;

  /** Gray (two senses), RGB, palette, separated (CMYK) and YCbCr; CIELab, LogLuv, CFA are not. */
  private static final Set<Long> PHOTOMETRICS = Set.of(0L, 1L, 2L, 3L, 5L, 6L);

  private static final Set<Integer> BITS = Set.of(1, 2, 4, 8, 16);

  static TiffHeader parse(ByteReader in, ImageLimits limits) throws ImageRejectedException {
    boolean littleEndian = in.u8(0) == 'I';
    long directory = in.u32(4, littleEndian);
    int entries = in.u16(directory, littleEndian);
    long width = 0;
    long height = 0;
    int bits = 1;
    long samples = 1;
    long photometric = 0;
    int orientation = ExifOrientation.UPRIGHT;
    boolean associated = false;
    boolean extra = false;
    long orientationAt = -1;
    long tileWidth = 0;
    long tileHeight = 0;
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2 + 12L * i;
      long value = value(in, entry, littleEndian);
      switch (in.u16(entry, littleEndian)) {
        case WIDTH -> width = value;
        case HEIGHT -> height = value;
        case BITS_PER_SAMPLE -> bits = (int) Math.min(value, 1024);
        case PHOTOMETRIC -> photometric = value;
        case ORIENTATION -> {
          orientation = ExifOrientation.normalize(value);
          orientationAt = entry + 8;
        }
        case SAMPLES_PER_PIXEL -> samples = value;
        case TILE_WIDTH -> tileWidth = value;
        case TILE_HEIGHT -> tileHeight = value;
        case EXTRA_SAMPLES -> {
          extra = true;
          associated = value == 1;
        }
        default -> {
          // Not needed here.
        }
      }
    }
    if (samples < 1 || samples > MAX_SAMPLES) {
      throw ImageHeader.unsupported(ImageFormat.TIFF, samples + " samples per pixel");
    }
    if (!PHOTOMETRICS.contains(photometric)) {
      throw ImageHeader.unsupported(ImageFormat.TIFF, "photometric interpretation " + photometric);
    }
    if (!BITS.contains(bits)) {
      throw ImageHeader.unsupported(ImageFormat.TIFF, bits + " bits per sample");
    }
    requireTilesWithin(limits, tileWidth, tileHeight);
    int colors = photometric == SEPARATED ? 4 : photometric == 2 || photometric == 6 ? 3 : 1;
    return new TiffHeader(
        ImageHeader.of(ImageFormat.TIFF, width, height, orientation, limits),
        extra && samples > colors,
        associated,
        orientationAt);
  }

  /** The decoder makes room for a whole tile, however small the picture is that it pads. */
  private static void requireTilesWithin(ImageLimits limits, long width, long height)
      throws ImageRejectedException {
    if (width > TILE_SIDE_MAX || height > TILE_SIDE_MAX || width * height > limits.pixelsMax()) {
      throw ImageHeader.corrupt(
          ImageFormat.TIFF,
          "its tiles claim %d×%d pixels, more than a whole picture may have"
              .formatted(width, height));
    }
  }

  /** Returns a copy that says upright: OpenCV would otherwise turn the picture itself. */
  byte[] withoutOrientation(byte[] bytes) {
    if (header.orientation() == ExifOrientation.UPRIGHT) {
      return bytes;
    }
    byte[] copy = Arrays.copyOf(bytes, bytes.length);
    int at = (int) orientationAt;
    boolean littleEndian = bytes[0] == 'I';
    copy[at] = (byte) (littleEndian ? 1 : 0);
    copy[at + 1] = (byte) (littleEndian ? 0 : 1);
    return copy;
  }

  /** First value of an entry: in place where it fits four bytes, otherwise where it points to. */
  private static long value(ByteReader in, long entry, boolean littleEndian)
      throws ImageRejectedException {
    int type = in.u16(entry + 2, littleEndian);
    long count = in.u32(entry + 4, littleEndian);
    if (type == 3) {
      long at = count > 2 ? in.u32(entry + 8, littleEndian) : entry + 8;
      return at + 2 <= in.length() ? in.u16(at, littleEndian) : 0;
    }
    return in.u32(entry + 8, littleEndian);
  }
}
