package io.semblance.embedding;

import io.semblance.embedding.model.TextEncoder;
import java.time.Duration;

/**
 * Limits of the embedding of texts.
 *
 * @param batchSizeMax most texts of one forward pass
 * @param batchDelayMax how long a batch waits for more texts; zero takes what waits
 * @param interactiveTextsMax most texts of searches between submission and result
 * @param textLengthMax most characters of an uploaded text
 */
public record TextOptions(
    int batchSizeMax, Duration batchDelayMax, int interactiveTextsMax, int textLengthMax) {
  private static final int TEXTS_LIMIT = 100_000;

  public TextOptions {
    requireRange("text-batch-size-max", batchSizeMax, TextEncoder.TEXTS_MAX);
    requireRange("interactive-texts-max", interactiveTextsMax, TEXTS_LIMIT);
    requireRange("text-length-max", textLengthMax, TextEncoder.CHARACTERS_MAX);
    if (batchDelayMax.isNegative()
        || batchDelayMax.compareTo(EmbeddingOptions.BATCH_DELAY_LIMIT) > 0) {
      throw new IllegalArgumentException(
          "semblance.embedding.batch-delay-max is %s: zero to %s"
              .formatted(batchDelayMax, EmbeddingOptions.BATCH_DELAY_LIMIT));
    }
  }

  private static void requireRange(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "semblance.embedding.%s is %d: 1 to %d".formatted(name, value, max));
    }
  }
}
