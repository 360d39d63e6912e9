package io.semblance.image;

/**
 * What an encoded image says about itself.
 *
 * @param format told by the first bytes
 * @param width as stored, in pixels, before the orientation is applied
 * @param height as stored, in pixels
 * @param orientation EXIF orientation, 1 to 8; 1 where there is none or an illegal one
 * @param scans scans of a JPEG; 1 for other formats
 * @param transparent whether pixels may be transparent
 */
record ImageHeader(
    ImageFormat format, long width, long height, int orientation, int scans, boolean transparent) {
  static final int UPRIGHT = 1;

  long pixels() {
    return Math.multiplyExact(width, height);
  }
}
