package io.semblance.image;

/**
 * What an image may claim before any of it is decoded.
 *
 * @param bytesMax most bytes of an encoded image
 * @param pixelsMax most pixels, width times height, that its header may claim
 * @param scansMax most scans of a progressive JPEG: each is a pass over all pixels
 * @param decodingBytesMax most bytes of decoded pixels in memory at a time, on the heap and beside
 *     it; a picture with more is decoded alone
 */
public record ImageLimits(int bytesMax, long pixelsMax, int scansMax, long decodingBytesMax) {
  /** 1 GiB. */
  public static final long DECODING_BYTES_MAX_DEFAULT = 1L << 30;

  /** 20 MiB, 50 megapixels, 100 scans, 1 GiB. */
  public static final ImageLimits DEFAULT = new ImageLimits(20 << 20, 50_000_000, 100);

  /** A decoded picture is one array: three bytes a pixel. */
  private static final long PIXELS_LIMIT = (Integer.MAX_VALUE - 8L) / 3;

  public ImageLimits {
    requireRange("bytes-max", bytesMax, Integer.MAX_VALUE);
    requireRange("pixels-max", pixelsMax, PIXELS_LIMIT);
    requireRange("scans-max", scansMax, Integer.MAX_VALUE);
    requireRange("decoding-bytes-max", decodingBytesMax, Long.MAX_VALUE);
  }

  /** The limits with {@link #DECODING_BYTES_MAX_DEFAULT}. */
  public ImageLimits(int bytesMax, long pixelsMax, int scansMax) {
    this(bytesMax, pixelsMax, scansMax, DECODING_BYTES_MAX_DEFAULT);
  }

  private static void requireRange(String name, long value, long max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "semblance.image.%s is %d: it must be 1 to %d".formatted(name, value, max));
    }
  }
}
