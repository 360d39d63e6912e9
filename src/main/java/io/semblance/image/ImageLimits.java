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
    if (pixelsMax > PIXELS_LIMIT) {
      throw new IllegalArgumentException(
          "semblance.image.pixels-max is %d: at most %d".formatted(pixelsMax, PIXELS_LIMIT));
    }
    if (decodingBytesMax < 1) {
      throw new IllegalArgumentException(
          "semblance.image.decoding-bytes-max is %d: at least 1".formatted(decodingBytesMax));
    }
    if (bytesMax < 1 || pixelsMax < 1 || scansMax < 1) {
      throw new IllegalArgumentException(
          "image limits of %d bytes, %d pixels, %d scans: each must be at least 1"
              .formatted(bytesMax, pixelsMax, scansMax));
    }
  }

  /** The limits with {@link #DECODING_BYTES_MAX_DEFAULT}. */
  public ImageLimits(int bytesMax, long pixelsMax, int scansMax) {
    this(bytesMax, pixelsMax, scansMax, DECODING_BYTES_MAX_DEFAULT);
  }
}
