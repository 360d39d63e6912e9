package io.semblance.image;

/** Transparency is flattened on white, as most viewers show it. */
final class Flattening {
  private static final int WHITE = 255;

  private Flattening() {}

  /** Returns {@code value} (0..255) over white with {@code alpha} (0..255), rounded to nearest. */
  static int onWhite(int value, int alpha) {
    return (value * alpha + WHITE * (255 - alpha) + 127) / 255;
  }
}
