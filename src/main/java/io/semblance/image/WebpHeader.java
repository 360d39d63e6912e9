package io.semblance.image;

/**
 * Reads a WebP container (RFC 9649) without decoding.
 *
 * @param header canvas size and orientation
 * @param alpha whether pixels may be transparent
 */
record WebpHeader(ImageHeader header, boolean alpha) {
  private static final int RIFF_HEADER_BYTES = 12;
  private static final int ALPHA_FLAG = 0x10;
  private static final int ANIMATION_FLAG = 0x02;

  static WebpHeader parse(ByteReader in, ImageLimits limits) throws ImageRejectedException {
    long end = 8 + in.u32LittleEndian(4);
    if (end > in.length() + 1L) {
      throw ImageHeader.corrupt(ImageFormat.WEBP, "it ends before its declared size, so it is cut");
    }
    long width = 0;
    long height = 0;
    boolean alpha = false;
    boolean pixels = false;
    int orientation = ExifOrientation.UPRIGHT;
    long position = RIFF_HEADER_BYTES;
    while (position + 8 <= Math.min(end, in.length())) {
      String type = in.tag(position);
      long length = in.u32LittleEndian(position + 4);
      long data = position + 8;
      switch (type) {
        case "VP8X" -> {
          alpha = (in.u8(data) & (ALPHA_FLAG | ANIMATION_FLAG)) != 0;
          width = in.u24LittleEndian(data + 4) + 1L;
          height = in.u24LittleEndian(data + 7) + 1L;
          ImageHeader.of(ImageFormat.WEBP, width, height, ExifOrientation.UPRIGHT, limits);
        }
        case "VP8 ", "VP8L" -> {
          boolean lossless = type.equals("VP8L");
          long frameWidth = frameWidth(in, data, lossless);
          long frameHeight = frameHeight(in, data, lossless);
          ImageHeader.of(
              ImageFormat.WEBP, frameWidth, frameHeight, ExifOrientation.UPRIGHT, limits);
          if (width == 0) {
            width = frameWidth;
            height = frameHeight;
          }
          alpha |= lossless && (in.u8(data + 4) & 0x10) != 0;
          pixels = true;
        }
        case "ANMF" -> pixels = true;
        case "EXIF" -> {
          // Some writers keep JPEG's "Exif\0\0" before the TIFF structure.
          long tiff = length > 6 && in.tag(data).equals("Exif") ? data + 6 : data;
          orientation = ExifOrientation.read(in, tiff, data + length);
        }
        default -> {
          // Not needed for the pixels.
        }
      }
      position = data + length + (length & 1);
    }
    if (!pixels) {
      throw ImageHeader.corrupt(ImageFormat.WEBP, "it holds no picture");
    }
    return new WebpHeader(
        ImageHeader.of(ImageFormat.WEBP, width, height, orientation, limits), alpha);
  }

  private static long frameWidth(ByteReader in, long data, boolean lossless)
      throws ImageRejectedException {
    return lossless
        ? (in.u32LittleEndian(data + 1) & 0x3FFF) + 1
        : in.u16LittleEndian(data + 6) & 0x3FFF;
  }

  private static long frameHeight(ByteReader in, long data, boolean lossless)
      throws ImageRejectedException {
    return lossless
        ? (in.u32LittleEndian(data + 1) >> 14 & 0x3FFF) + 1
        : in.u16LittleEndian(data + 8) & 0x3FFF;
  }
}
