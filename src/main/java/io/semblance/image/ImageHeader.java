package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/**
 * What a header says about the stored picture, read without decoding.
 *
 * @param width stored width in pixels, before orientation
 * @param height stored height in pixels, before orientation
 * @param orientation EXIF orientation, 1 to 8; 1 where there is none or it is invalid
 */
record ImageHeader(ImageFormat format, int width, int height, int orientation) {
  /** OpenCV refuses longer sides; so do we, with a reason. */
  private static final int MAX_SIDE_PIXELS = 1 << 20;

  static ImageHeader of(
      ImageFormat format, long width, long height, int orientation, ImageLimits limits)
      throws ImageRejectedException {
    if (width < 1 || height < 1) {
      throw corrupt(format, "its header claims " + width + "×" + height + " pixels");
    }
    if (width > MAX_SIDE_PIXELS
        || height > MAX_SIDE_PIXELS
        || width * height > limits.pixelsMax()) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_PIXELS,
          "The image's header claims "
              + width
              + "×"
              + height
              + " pixels; at most "
              + limits.pixelsMax()
              + " pixels and "
              + MAX_SIDE_PIXELS
              + " per side are decoded. Upload a smaller version or raise the pixel limit.");
    }
    return new ImageHeader(format, (int) width, (int) height, orientation);
  }

  static ImageRejectedException corrupt(ImageFormat format, String cause) {
    return new ImageRejectedException(
        Reason.CORRUPT,
        "The " + format + " image is damaged: " + cause + ". Upload an intact file.");
  }

  static ImageRejectedException unsupported(ImageFormat format, String cause) {
    return new ImageRejectedException(
        Reason.UNSUPPORTED_FORMAT,
        "The "
            + format
            + " image uses a variant that is not decoded: "
            + cause
            + ". Upload it as an ordinary JPEG, PNG or WebP.");
  }
}
