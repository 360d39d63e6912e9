package io.semblance.cli.hub;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class ByteCount {
  private static final double STEP = 1000;

  private ByteCount() {}

  /** Returns {@code bytes} in the unit of which there are fewer than 1000. */
  public static String of(long bytes) {
    if (bytes < STEP) {
      return bytes + " bytes";
    }
    double count = bytes;
    int unit = -1;
    for (; count >= STEP && unit < 3; unit++) {
      count /= STEP;
    }
    return String.format(Locale.ROOT, "%.1f %cB", count, "kMGT".charAt(unit));
  }
}
