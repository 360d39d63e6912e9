package io.semblance.image;

/**
 * Upright pixels in heap memory.
 *
 * @param rgb interleaved R, G, B, one unsigned byte each, rows from the top without padding; owned
 *     by this record and not copied: nobody may change it
 * @param width in pixels
 * @param height in pixels
 */
public record DecodedImage(byte[] rgb, int width, int height) {
  public DecodedImage {
    if (width < 1 || height < 1 || (long) width * height * 3 != rgb.length) {
      throw new IllegalArgumentException(
          width + "×" + height + " RGB pixels do not fit " + rgb.length + " bytes");
    }
  }
}
