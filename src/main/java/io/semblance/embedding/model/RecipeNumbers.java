package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Reads the numbers of a description of preprocessing. One that is none, or by which no picture can
 * be prepared, is refused by its key: an {@code IllegalArgumentException} whose message lacks only
 * the file.
 */
final class RecipeNumbers {
  private static final List<String> CHANNELS = List.of("red", "green", "blue");

  private RecipeNumbers() {}

  /** Returns a length in pixels. */
  static int side(String key, JsonNode value, int max) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw wrong(key, value, "a whole number of pixels, 1 to " + max);
    }
    if (value.asInt() > max) {
      throw wrong(key, value, "at most " + max + " pixels");
    }
    return value.asInt();
  }

  /** Returns a factor of samples. */
  static double factor(String key, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.asDouble()) || value.asDouble() <= 0) {
      throw wrong(key, value, "a number above 0");
    }
    return value.asDouble();
  }

  /** Returns the share of a side that is kept. */
  static double share(String key, JsonNode value) {
    if (!value.isNumber() || !(value.asDouble() > 0 && value.asDouble() <= 1)) {
      throw wrong(key, value, "a number above 0 and at most 1");
    }
    return value.asDouble();
  }

  /** Returns what is subtracted of red, green and blue. */
  static float[] mean(String key, JsonNode values) {
    float[] channels = new float[CHANNELS.size()];
    if (values.size() != channels.length) {
      throw wrong(key, values, "three numbers, for red, green and blue");
    }
    for (int channel = 0; channel < channels.length; channel++) {
      JsonNode value = values.get(channel);
      channels[channel] = (float) value.asDouble();
      if (!value.isNumber() || !Float.isFinite(channels[channel])) {
        throw wrong(key, values, "a number for " + CHANNELS.get(channel));
      }
    }
    return channels;
  }

  /** Returns by what red, green and blue are divided. */
  static float[] deviation(String key, JsonNode values) {
    float[] channels = mean(key, values);
    for (int channel = 0; channel < channels.length; channel++) {
      if (channels[channel] <= 0) {
        throw wrong(key, values, "a number above 0 for " + CHANNELS.get(channel));
      }
    }
    return channels;
  }

  private static IllegalArgumentException wrong(String key, JsonNode value, String wanted) {
    return new IllegalArgumentException(
        "\"%s\" is %s, but must be %s: correct it"
            .formatted(key, value.isMissingNode() ? "missing" : value, wanted));
  }
}
