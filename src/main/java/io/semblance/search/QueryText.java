package io.semblance.search;

import java.util.Locale;

/** Refuses texts that no model should see, by their names. */
final class QueryText {
  private QueryText() {}

  /** Refuses {@code text} if it is blank or has more than {@code lengthMax} characters. */
  static void require(String name, String text, int lengthMax) {
    String code = "invalid-" + name.toLowerCase(Locale.ROOT);
    if (text.isBlank()) {
      throw SearchException.invalid(
          code, "the %s is blank: describe what the picture shows".formatted(name));
    }
    if (text.length() > lengthMax) {
      throw SearchException.invalid(
          code,
          "the %s has %d characters: at most %d are allowed"
              .formatted(name, text.length(), lengthMax));
    }
  }
}
