package io.semblance.image;

import java.util.HashMap;
import java.util.Map;

/** The first directory of a TIFF file, which is also the form of EXIF metadata. */
final class TiffDirectory {
  static final int WIDTH = 0x100;
  static final int HEIGHT = 0x101;
  static final int PHOTOMETRIC = 0x106;
  static final int ORIENTATION = 0x112;
  static final int SAMPLES = 0x115;
  static final int EXTRA_SAMPLES = 0x152;

  private static final int ENTRY_BYTES = 12;
  private static final int SHORT = 3;
  private static final int ORIENTATION_MAX = 8;

  private final Map<Integer, Long> values = new HashMap<>();

  private TiffDirectory() {}

  /** Reads the first value of each entry of the first directory. */
  static TiffDirectory read(Bytes tiff) throws ImageRejectedException {
    tiff.littleEndian(tiff.hasText(0, "II"));
    if (tiff.u16(2) != 42) {
      throw Bytes.corrupt("it has no TIFF header");
    }
    TiffDirectory directory = new TiffDirectory();
    long at = tiff.u32(4);
    int entries = tiff.u16(at);
    for (int i = 0; i < entries; i++) {
      long entry = at + 2 + (long) i * ENTRY_BYTES;
      int tag = tiff.u16(entry);
      long value = tiff.u16(entry + 2) == SHORT ? tiff.u16(entry + 8) : tiff.u32(entry + 8);
      directory.values.putIfAbsent(tag, value);
    }
    return directory;
  }

  /** Returns the orientation of EXIF metadata; upright if they are damaged or say nothing legal. */
  static int orientation(Bytes exif) {
    try {
      return read(exif).orientation();
    } catch (ImageRejectedException e) {
      return ImageHeader.UPRIGHT;
    }
  }

  int orientation() {
    long value = get(ORIENTATION, ImageHeader.UPRIGHT);
    return value >= 1 && value <= ORIENTATION_MAX ? (int) value : ImageHeader.UPRIGHT;
  }

  long get(int tag, long otherwise) {
    return values.getOrDefault(tag, otherwise);
  }
}
