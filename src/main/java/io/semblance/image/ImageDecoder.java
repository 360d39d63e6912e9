package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;

/**
 * Decodes images that strangers sent: what its header claims is checked before any pixel is
 * decoded, and one image's fault is its own. Stateless; safe for use by several threads.
 */
public final class ImageDecoder {
  private final ImageLimits limits;
  private final boolean applyOrientation;

  /**
   * @param limits what an image may claim
   * @param applyOrientation whether pictures are turned upright as their EXIF orientation says
   */
  public ImageDecoder(ImageLimits limits, boolean applyOrientation) {
    this.limits = limits;
    this.applyOrientation = applyOrientation;
  }

  /**
   * Returns the picture, upright, flattened on white, of animations the first frame.
   *
   * @throws ImageRejectedException if it is no image of a known format, too large, or damaged
   */
  public DecodedImage decode(byte[] bytes) throws ImageRejectedException {
    if (bytes.length == 0) {
      throw new ImageRejectedException(Reason.EMPTY, "the image has no bytes");
    }
    if (bytes.length > limits.bytesMax()) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_BYTES,
          "the image has %d bytes, more than semblance.image.bytes-max = %d: send a smaller one"
              .formatted(bytes.length, limits.bytesMax()));
    }
    ImageFormat format =
        ImageFormat.sniff(bytes)
            .orElseThrow(() ->
                new ImageRejectedException(
                    Reason.UNSUPPORTED_FORMAT,
                    "the bytes are no JPEG, PNG, WebP, GIF, BMP or TIFF: send one of these"));
    ImageHeader header = ImageHeaders.read(format, bytes);
    check(header);
    boolean transparent = header.transparent();
    DecodedImage stored = OpenCvCodec.decode(bytes, transparent);
    return applyOrientation ? Orientation.upright(stored, header.orientation()) : stored;
  }

  private void check(ImageHeader header) throws ImageRejectedException {
    if (header.width() < 1 || header.height() < 1) {
      throw Bytes.corrupt("its size is %d by %d".formatted(header.width(), header.height()));
    }
    if (header.height() > limits.pixelsMax() || header.pixels() > limits.pixelsMax()) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_PIXELS,
          "the image claims %d by %d pixels, more than semblance.image.pixels-max = %d: send a smaller one"
              .formatted(header.width(), header.height(), limits.pixelsMax()));
    }
    if (header.scans() > limits.scansMax()) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_SCANS,
          "the JPEG has %d scans, more than semblance.image.scans-max = %d: save it as baseline"
              .formatted(header.scans(), limits.scansMax()));
    }
    if (header.scans() == 0) {
      throw Bytes.corrupt("it ends early");
    }
  }
}
