package io.semblance.image;

/** From decoded samples to 8-bit RGB on white. */
final class SampleConversion {
  private SampleConversion() {}

  /** Wraps samples that are R, G, B of 8 bits already. */
  static DecodedImage toRgb(OpenCvCodec.Samples samples) {
    return new DecodedImage(samples.bytes(), samples.width(), samples.height());
  }

  /**
   * Converts gray, B G R or B G R A of 8 or 16 bits; 16 bits keep their high byte.
   *
   * @param colorKey a fully transparent gray or R, G, B in the samples' own depth, or empty
   * @param transparency whether alpha and the colour key are flattened or dropped
   */
  static DecodedImage bgrToRgb(
      OpenCvCodec.Samples samples, int[] colorKey, Transparency transparency) {
    int channels = samples.channels();
    int pixels = samples.width() * samples.height();
    boolean deep = samples.deep();
    int shift = deep ? 8 : 0;
    byte[] rgb = new byte[pixels * 3];
    int from = 0;
    for (int to = 0; to < rgb.length; to += 3, from += channels) {
      int blue = sample(samples, deep, from);
      int green = channels == 1 ? blue : sample(samples, deep, from + 1);
      int red = channels == 1 ? blue : sample(samples, deep, from + 2);
      int alpha = channels == 4 ? sample(samples, deep, from + 3) >> shift : 255;
      if (isKey(colorKey, red, green, blue)) {
        alpha = 0;
      }
      red >>= shift;
      green >>= shift;
      blue >>= shift;
      if (alpha != 255 && transparency == Transparency.FLATTENED) {
        red = Flattening.onWhite(red, alpha);
        green = Flattening.onWhite(green, alpha);
        blue = Flattening.onWhite(blue, alpha);
      }
      rgb[to] = (byte) red;
      rgb[to + 1] = (byte) green;
      rgb[to + 2] = (byte) blue;
    }
    return new DecodedImage(rgb, samples.width(), samples.height());
  }

  /** As {@link #bgrToRgb}, for colours that are multiplied by their alpha already. */
  static DecodedImage premultipliedBgrToRgb(OpenCvCodec.Samples samples) {
    int channels = samples.channels();
    if (channels != 4) {
      return bgrToRgb(samples, new int[0], Transparency.FLATTENED);
    }
    boolean deep = samples.deep();
    int shift = deep ? 8 : 0;
    byte[] rgb = new byte[samples.width() * samples.height() * 3];
    int from = 0;
    for (int to = 0; to < rgb.length; to += 3, from += channels) {
      int white = 255 - (sample(samples, deep, from + 3) >> shift);
      for (int c = 0; c < 3; c++) {
        int value = (sample(samples, deep, from + 2 - c) >> shift) + white;
        rgb[to + c] = (byte) Math.min(255, value);
      }
    }
    return new DecodedImage(rgb, samples.width(), samples.height());
  }

  private static int sample(OpenCvCodec.Samples samples, boolean deep, int index) {
    return deep ? samples.shorts()[index] & 0xFFFF : samples.bytes()[index] & 0xFF;
  }

  private static boolean isKey(int[] key, int red, int green, int blue) {
    return switch (key.length) {
      case 1 -> red == key[0];
      case 3 -> red == key[0] && green == key[1] && blue == key[2];
      default -> false;
    };
  }
}
