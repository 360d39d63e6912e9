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
    if (width > MAX_SIDE_PIXELS || height > MAX_SIDE_PIXELS) {
      throw tooManyPixels(
          width,
          height,
          "at most %d per side are decoded. Upload a smaller version",
          MAX_SIDE_PIXELS);
    }
    if (width * height > limits.pixelsMax()) {
      throw tooManyPixels(
          width,
          height,
          "at most %d are decoded. Upload a smaller version or raise semblance.image.pixels-max",
          limits.pixelsMax());
    }
    return new ImageHeader(format, (int) width, (int) height, orientation);
  }

  private static ImageRejectedException tooManyPixels(
      long width, long height, String limit, long max) {
    return new ImageRejectedException(
        Reason.TOO_MANY_PIXELS,
        "The image's header claims %d×%d pixels; %s."
            .formatted(width, height, limit.formatted(max)));
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
