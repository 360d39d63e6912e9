package io.semblance.image;

/**
 * An upright picture.
 *
 * @param rgb red, green, blue of each pixel, row by row from the top left; 8 bits each, not copied
 * @param width in pixels
 * @param height in pixels
 */
public record DecodedImage(byte[] rgb, int width, int height) {
  public DecodedImage {
    if (width < 1
        || height < 1
        || rgb.length != Math.multiplyExact(Math.multiplyExact(width, height), 3)) {
      throw new IllegalArgumentException(
          "%d bytes for %d by %d pixels of 3 bytes".formatted(rgb.length, width, height));
    }
  }
}
