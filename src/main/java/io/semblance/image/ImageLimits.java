package io.semblance.image;

/**
 * What an image may claim before any of it is decoded.
 *
 * @param bytesMax most bytes of an encoded image
 * @param pixelsMax most pixels, width times height, that its header may claim
 * @param scansMax most scans of a progressive JPEG: each is a pass over all pixels
 */
public record ImageLimits(int bytesMax, long pixelsMax, int scansMax) {
  /** 20 MiB, 50 megapixels, 100 scans. */
  public static final ImageLimits DEFAULT = new ImageLimits(20 << 20, 50_000_000, 100);

  /** A decoded picture is one array: three bytes a pixel. */
  private static final long PIXELS_LIMIT = (Integer.MAX_VALUE - 8L) / 3;

  public ImageLimits {
    if (pixelsMax > PIXELS_LIMIT) {
      throw new IllegalArgumentException(
          "semblance.image.pixels-max is %d: at most %d".formatted(pixelsMax, PIXELS_LIMIT));
    }
    if (bytesMax < 1 || pixelsMax < 1 || scansMax < 1) {
      throw new IllegalArgumentException(
          "image limits of %d bytes, %d pixels, %d scans: each must be at least 1"
              .formatted(bytesMax, pixelsMax, scansMax));
    }
  }
}
