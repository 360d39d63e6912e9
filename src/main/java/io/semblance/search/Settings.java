package io.semblance.search;

import java.time.Duration;

/** Refuses values of properties that make no sense, by the properties' names. */
public final class Settings {
  private Settings() {}

  /** Refuses {@code value} unless it is at least 1. */
  public static void requirePositive(String property, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s is %d: it must be at least 1".formatted(property, value));
    }
  }

  /** Refuses {@code value} unless it is longer than nothing. */
  public static void requirePositive(String property, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(
          "%s is %s: it must be longer than nothing".formatted(property, value));
    }
  }

  /** Refuses {@code value} unless it is 1 to {@code max}. */
  public static void requireRange(String property, long value, long max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "%s is %d: it must be 1 to %d".formatted(property, value, max));
    }
  }

  /** Refuses {@code value} unless it is a multiple of {@code factor}, at most {@code max}. */
  public static void requireMultiple(String property, long value, long factor, long max) {
    if (value < factor || value > max || value % factor != 0) {
      throw new IllegalArgumentException(
          "%s is %d: it must be a multiple of %d from %d to %d"
              .formatted(property, value, factor, factor, max));
    }
  }
}
