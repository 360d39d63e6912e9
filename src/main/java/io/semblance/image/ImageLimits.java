package io.semblance.image;

/**
 * What one image may cost, checked before any decoder sees its bytes.
 *
 * @param maxBytes largest encoded size in bytes
 * @param maxPixels largest width × height that a header may claim, in pixels; a picture takes three
 *     bytes a pixel on the heap and up to eight natively while it is decoded
 * @param maxScans largest number of scans in one JPEG; an encoder writes about ten, and every scan
 *     visits the whole picture
 */
public record ImageLimits(int maxBytes, long maxPixels, int maxScans) {
  /** 20 MiB, in bytes. */
  public static final int DEFAULT_MAX_BYTES = 20 * 1024 * 1024;

  /** 50 megapixels, in pixels. */
  public static final long DEFAULT_MAX_PIXELS = 50_000_000L;

  /** In scans per JPEG. */
  public static final int DEFAULT_MAX_SCANS = 100;

  /** The most pixels whose RGB bytes fit one Java array. */
  public static final long HIGHEST_MAX_PIXELS = (Integer.MAX_VALUE - 8L) / 3;

  public ImageLimits {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("maxBytes must be at least 1 byte, but is " + maxBytes);
    }
    if (maxPixels < 1 || maxPixels > HIGHEST_MAX_PIXELS) {
      throw new IllegalArgumentException(
          "maxPixels must be from 1 to " + HIGHEST_MAX_PIXELS + " pixels, but is " + maxPixels);
    }
    if (maxScans < 1) {
      throw new IllegalArgumentException("maxScans must be at least 1, but is " + maxScans);
    }
  }

  /** Returns the default limits. */
  public static ImageLimits defaults() {
    return new ImageLimits(DEFAULT_MAX_BYTES, DEFAULT_MAX_PIXELS, DEFAULT_MAX_SCANS);
  }
}
