package io.semblance.image;

/** Reads the header of each format, and what tells at little cost that an image is cut short. */
final class ImageHeaders {
  private static final int EXIF_PREFIX_BYTES = 6;

  private ImageHeaders() {}

  static ImageHeader read(ImageFormat format, byte[] bytes) throws ImageRejectedException {
    Bytes image = new Bytes(bytes);
    return switch (format) {
      case JPEG -> JpegHeader.read(image);
      case PNG -> png(image);
      case WEBP -> webp(image.littleEndian(true));
      case GIF -> gif(image.littleEndian(true));
      case BMP -> bmp(image.littleEndian(true));
      case TIFF -> tiff(image);
    };
  }

  private static ImageHeader png(Bytes png) throws ImageRejectedException {
    if (!png.hasText(12, "IHDR")) {
      throw Bytes.corrupt("a PNG without header");
    }
    long width = png.u32(16);
    long height = png.u32(20);
    boolean transparent = (png.u8(25) & 4) != 0;
    int orientation = ImageHeader.UPRIGHT;
    boolean data = false;
    long at = 8;
    while (!png.hasText(at + 4, "IEND")) {
      long length = png.u32(at);
      if (png.hasText(at + 4, "tRNS")) {
        transparent = true;
      } else if (png.hasText(at + 4, "IDAT")) {
        data = true;
      } else if (png.hasText(at + 4, "eXIf")) {
        orientation = TiffDirectory.orientation(png.slice(at + 8, length));
      }
      at += 12 + length;
      png.u8(at - 1);
    }
    if (!data) {
      throw Bytes.corrupt("a PNG without picture data");
    }
    return new ImageHeader(ImageFormat.PNG, width, height, orientation, 1, transparent);
  }

  private static ImageHeader webp(Bytes webp) throws ImageRejectedException {
    long end = 8 + webp.u32(4);
    if (end > webp.length() + 1L) {
      throw Bytes.corrupt("a WebP that ends early");
    }
    long width = -1;
    long height = -1;
    boolean transparent = false;
    boolean picture = false;
    int orientation = ImageHeader.UPRIGHT;
    long at = 12;
    while (at + 8 <= Math.min(end, webp.length())) {
      long length = webp.u32(at + 4);
      long data = at + 8;
      if (webp.hasText(at, "VP8X")) {
        transparent |= (webp.u8(data) & 0x10) != 0;
        width = 1L + webp.u24(data + 4);
        height = 1L + webp.u24(data + 7);
      } else if (webp.hasText(at, "VP8 ")) {
        picture = true;
        if (width < 0) {
          width = webp.u16(data + 6) & 0x3FFF;
          height = webp.u16(data + 8) & 0x3FFF;
        }
      } else if (webp.hasText(at, "VP8L")) {
        picture = true;
        long bits = webp.u32(data + 1);
        transparent |= (bits >> 28 & 1) != 0;
        if (width < 0) {
          width = 1 + (bits & 0x3FFF);
          height = 1 + (bits >> 14 & 0x3FFF);
        }
      } else if (webp.hasText(at, "ANMF")) {
        picture = true;
        transparent = true;
      } else if (webp.hasText(at, "EXIF") && data + length <= webp.length()) {
        long skipped = webp.hasText(data, "Exif\0\0") ? EXIF_PREFIX_BYTES : 0;
        orientation = TiffDirectory.orientation(webp.slice(data + skipped, length - skipped));
      }
      at = data + length + (length & 1);
    }
    if (!picture || width < 0) {
      throw Bytes.corrupt("a WebP without picture data");
    }
    return new ImageHeader(ImageFormat.WEBP, width, height, orientation, 1, transparent);
  }

  private static ImageHeader gif(Bytes gif) throws ImageRejectedException {
    long width = gif.u16(6);
    long height = gif.u16(8);
    long at = 13 + colourTableBytes(gif.u8(10));
    while (true) {
      int block = gif.u8(at);
      if (block == 0x2C) {
        at = afterSubBlocks(gif, at + 11 + colourTableBytes(gif.u8(at + 9)));
        return new ImageHeader(ImageFormat.GIF, width, height, ImageHeader.UPRIGHT, 1, true);
      }
      if (block != 0x21) {
        throw Bytes.corrupt("a GIF without picture data");
      }
      at = afterSubBlocks(gif, at + 2);
    }
  }

  private static long colourTableBytes(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3L << ((flags & 7) + 1);
  }

  private static long afterSubBlocks(Bytes gif, long at) throws ImageRejectedException {
    while (true) {
      int length = gif.u8(at);
      at += 1L + length;
      if (length == 0) {
        return at;
      }
    }
  }

  private static ImageHeader bmp(Bytes bmp) throws ImageRejectedException {
    long pixels = bmp.u32(10);
    long headerBytes = bmp.u32(14);
    long width;
    long height;
    long rowBits;
    boolean compressed = false;
    if (headerBytes == 12) {
      width = bmp.u16(18);
      height = bmp.u16(20);
      rowBits = width * bmp.u16(24);
    } else {
      width = (int) bmp.u32(18);
      height = Math.abs((long) (int) bmp.u32(22));
      rowBits = width * bmp.u16(28);
      long compression = bmp.u32(30);
      compressed = compression != 0 && compression != 3 && compression != 6;
    }
    if (width <= 0 || height <= 0) {
      throw Bytes.corrupt("a BMP of %d by %d pixels".formatted(width, height));
    }
    // The size is judged first: a bomb is refused as a bomb, though its file is short as well.
    long rowBytes = (rowBits + 31) / 32 * 4;
    boolean whole =
        pixels < bmp.length()
            && (compressed
                || height > Integer.MAX_VALUE
                || pixels + rowBytes * (height - 1) < bmp.length());
    return new ImageHeader(
        ImageFormat.BMP, width, height, ImageHeader.UPRIGHT, whole ? 1 : 0, false);
  }

  private static ImageHeader tiff(Bytes tiff) throws ImageRejectedException {
    TiffDirectory directory = TiffDirectory.read(tiff);
    long width = directory.get(TiffDirectory.WIDTH, 0);
    long height = directory.get(TiffDirectory.HEIGHT, 0);
    boolean transparent = directory.get(TiffDirectory.EXTRA_SAMPLES, 0) != 0;
    return new ImageHeader(
        ImageFormat.TIFF, width, height, directory.orientation(), 1, transparent);
  }
}
