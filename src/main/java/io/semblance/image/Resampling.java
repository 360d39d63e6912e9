package io.semblance.image;

/** Filters of Pillow's {@code resize}, by its names; the numbers are Pillow's. */
public enum Resampling {
  NEAREST(0, 0),
  LANCZOS(1, 3),
  BILINEAR(2, 1),
  BICUBIC(3, 2);

  private final int code;
  private final double support;

  Resampling(int code, double support) {
    this.code = code;
    this.support = support;
  }

  /** Returns the filter that {@code code} names in preprocessor configurations. */
  public static Resampling ofCode(int code) {
    for (Resampling resampling : values()) {
      if (resampling.code == code) {
        return resampling;
      }
    }
    throw new IllegalArgumentException(
        "resample %d: 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic)".formatted(code));
  }

  /** Returns the filter's reach in target pixels, to each side. */
  double support() {
    return support;
  }

  /** Returns the filter's weight at distance {@code x}. */
  double weight(double x) {
    double distance = Math.abs(x);
    return switch (this) {
      case NEAREST -> 1;
      case BILINEAR -> distance < 1 ? 1 - distance : 0;
      case BICUBIC -> bicubic(distance);
      case LANCZOS -> distance < 3 ? sinc(x) * sinc(x / 3) : 0;
    };
  }

  /** Keys' cubic convolution with a = -0.5. */
  private static double bicubic(double x) {
    double a = -0.5;
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  private static double sinc(double x) {
    if (x == 0) {
      return 1;
    }
    double scaled = x * Math.PI;
    return Math.sin(scaled) / scaled;
  }
}
