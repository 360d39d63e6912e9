package io.semblance.image;

/** Walks a JPEG's markers to its end: size, orientation, number of scans, and that it is whole. */
final class JpegHeader {
  private static final int START_OF_SCAN = 0xDA;
  private static final int END_OF_IMAGE = 0xD9;
  private static final int EXIF_SEGMENT = 0xE1;
  private static final int EXIF_PREFIX_BYTES = 6;

  private JpegHeader() {}

  static ImageHeader read(Bytes jpeg) throws ImageRejectedException {
    long width = -1;
    long height = -1;
    int orientation = ImageHeader.UPRIGHT;
    boolean exifSeen = false;
    int scans = 0;
    int at = 2;
    while (true) {
      at = nextMarker(jpeg, at);
      if (at < 0) {
        if (scans == 0 || width < 0) {
          throw Bytes.corrupt("it has no picture data");
        }
        throw Bytes.corrupt("its end is missing");
      }
      int marker = jpeg.u8(at - 1L);
      if (marker == END_OF_IMAGE) {
        break;
      }
      if (isAlone(marker)) {
        continue;
      }
      int length = jpeg.u16(at);
      if (isFrame(marker) && width < 0) {
        height = jpeg.u16(at + 3L);
        width = jpeg.u16(at + 5L);
      } else if (marker == EXIF_SEGMENT && !exifSeen && jpeg.hasText(at + 2L, "Exif\0\0")) {
        exifSeen = true;
        long from = at + 2L + EXIF_PREFIX_BYTES;
        long exifLength = Math.min(length - 2L - EXIF_PREFIX_BYTES, jpeg.length() - from);
        orientation = exifLength > 0 ? TiffDirectory.orientation(jpeg.slice(from, exifLength)) : 1;
      } else if (marker == START_OF_SCAN) {
        scans++;
      }
      at += length;
    }
    if (width < 0 || scans == 0) {
      throw Bytes.corrupt("it has no picture data");
    }
    return new ImageHeader(ImageFormat.JPEG, width, height, orientation, scans, false);
  }

  /** Returns the place behind the next marker, skipping picture data and filling; -1 if none. */
  private static int nextMarker(Bytes jpeg, int from) throws ImageRejectedException {
    int length = jpeg.length();
    for (int at = from; at + 1 < length; at++) {
      if (jpeg.u8(at) == 0xFF) {
        int code = jpeg.u8(at + 1L);
        if (code != 0 && code != 0xFF && !(code >= 0xD0 && code <= 0xD7)) {
          return at + 2;
        }
      }
    }
    return -1;
  }

  private static boolean isAlone(int marker) {
    return marker == 0x01 || marker == 0xD8;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }
}
