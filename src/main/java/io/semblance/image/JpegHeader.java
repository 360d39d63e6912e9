package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/**
 * Walks a JPEG's markers to the end of the picture without decoding (ITU-T T.81, annex B): size,
 * orientation, number of scans, and whether the picture is whole.
 */
final class JpegHeader {
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int APP1 = 0xE1;
  private static final int TEM = 0x01;
  private static final int EXIF_PREFIX_BYTES = 6;

  private final ByteReader in;
  private final ImageLimits limits;
  private int width = -1;
  private int height = -1;
  private int components;
  private int orientation = ExifOrientation.UPRIGHT;
  private int scans;

  private JpegHeader(ByteReader in, ImageLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  static ImageHeader parse(ByteReader in, ImageLimits limits) throws ImageRejectedException {
    return new JpegHeader(in, limits).parse();
  }

  private ImageHeader parse() throws ImageRejectedException {
    int position = 2;
    while (true) {
      position = nextMarker(position);
      if (position < 0) {
        throw ImageHeader.corrupt(ImageFormat.JPEG, "it has no end-of-image marker, so it is cut");
      }
      int marker = in.u8(position++);
      if (marker == EOI) {
        break;
      }
      if (marker == SOI || marker == TEM || isRestart(marker)) {
        continue;
      }
      int length = in.u16BigEndian(position);
      if (length < 2) {
        throw ImageHeader.corrupt(ImageFormat.JPEG, "a segment claims a length below two bytes");
      }
      readSegment(marker, position + 2, length - 2);
      position += length;
    }
    if (width < 0) {
      throw ImageHeader.corrupt(ImageFormat.JPEG, "it has no frame header");
    }
    if (scans == 0) {
      throw ImageHeader.corrupt(ImageFormat.JPEG, "it has no scan");
    }
    return ImageHeader.of(ImageFormat.JPEG, width, height, orientation, limits);
  }

  /** Returns the position of the next marker's code, past entropy-coded data, or -1. */
  private int nextMarker(int from) {
    byte[] bytes = in.bytes();
    for (int i = from; i + 1 < bytes.length; i++) {
      if (bytes[i] == (byte) 0xFF) {
        int code = bytes[i + 1] & 0xFF;
        if (code != 0xFF && code != 0 && !isRestart(code)) {
          return i + 1;
        }
      }
    }
    return -1;
  }

  private void readSegment(int marker, int start, int length) throws ImageRejectedException {
    if (marker == SOS) {
      if (++scans > limits.scansMax()) {
        throw new ImageRejectedException(
            Reason.TOO_MANY_SCANS,
            "The JPEG image has more than "
                + limits.scansMax()
                + " scans. Save it again with an ordinary encoder or raise"
                + " semblance.image.scans-max.");
      }
    } else if (marker == APP1 && orientation == ExifOrientation.UPRIGHT && isExif(start, length)) {
      orientation = ExifOrientation.read(in, start + EXIF_PREFIX_BYTES, (long) start + length);
    } else if (isFrame(marker) && width < 0) {
      readFrame(marker, start);
    }
  }

  private void readFrame(int marker, int start) throws ImageRejectedException {
    if (marker == 0xC3 || marker > 0xCA || (marker >= 0xC5 && marker <= 0xC7)) {
      throw ImageHeader.unsupported(ImageFormat.JPEG, "lossless or hierarchical coding");
    }
    height = in.u16BigEndian(start + 1L);
    width = in.u16BigEndian(start + 3L);
    components = in.u8(start + 5L);
    if (components != 1 && components != 3 && components != 4) {
      throw ImageHeader.corrupt(ImageFormat.JPEG, "it claims " + components + " components");
    }
    // Before the scans are walked, so that a bomb is refused for its size.
    ImageHeader.of(ImageFormat.JPEG, width, height, ExifOrientation.UPRIGHT, limits);
  }

  private boolean isExif(int start, int length) throws ImageRejectedException {
    return length > EXIF_PREFIX_BYTES
        && in.tag(start).equals("Exif")
        && in.u16BigEndian(start + 4L) == 0;
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xD0 && marker <= 0xD7;
  }

  /** SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC). */
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }
}
