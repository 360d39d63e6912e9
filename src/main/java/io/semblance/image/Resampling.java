package io.semblance.image;

/** Pillow's resampling filters, with their kernels (libImaging/Resample.c). */
public enum Resampling {
  /** The pixel under the centre; no antialiasing. */
  NEAREST(0) {
    @Override
    double weight(double x) {
      throw new UnsupportedOperationException("nearest has no kernel");
    }
  },
  /** Triangle. */
  BILINEAR(1) {
    @Override
    double weight(double x) {
      double a = Math.abs(x);
      return a < 1 ? 1 - a : 0;
    }
  },
  /** Keys' cubic with a = −0.5. */
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double a = Math.abs(x);
      if (a < 1) {
        return ((CUBIC_A + 2) * a - (CUBIC_A + 3)) * a * a + 1;
      }
      return a < 2 ? (((a - 5) * a + 8) * a - 4) * CUBIC_A : 0;
    }
  },
  /** Windowed sinc of three lobes. */
  LANCZOS(3) {
    @Override
    double weight(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  private static final double CUBIC_A = -0.5;

  private final int support;

  Resampling(int support) {
    this.support = support;
  }

  /**
   * Returns the filter that {@code code} names in preprocessor configurations: Pillow's numbers.
   *
   * @throws IllegalArgumentException if it names none of these
   */
  public static Resampling ofCode(int code) {
    return switch (code) {
      case 0 -> NEAREST;
      case 1 -> LANCZOS;
      case 2 -> BILINEAR;
      case 3 -> BICUBIC;
      default ->
          throw new IllegalArgumentException(
              "resample %d: 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic)".formatted(code));
    };
  }

  /** Half the kernel's width, in output pixels when shrinking. */
  int support() {
    return support;
  }

  abstract double weight(double x);

  private static double sinc(double x) {
    if (x == 0) {
      return 1;
    }
    double angle = x * Math.PI;
    return Math.sin(angle) / angle;
  }
}
