package io.semblance.embedding;

import java.time.Duration;

/**
 * The pipeline's limits.
 *
 * @param batchSizeMax most images of one forward pass
 * @param batchDelayMax how long a batch waits for more images; zero takes what is ready
 * @param streamImagesMax most uploads between submission and result
 * @param interactiveImagesMax most searches between submission and result
 * @param decodingThreads threads that decode and preprocess
 * @param fetchesMax most images being fetched at a time
 */
public record EmbeddingOptions(
    int batchSizeMax,
    Duration batchDelayMax,
    int streamImagesMax,
    int interactiveImagesMax,
    int decodingThreads,
    int fetchesMax) {
  /** Largest batch. */
  public static final int BATCH_SIZE_LIMIT = 1_024;

  public EmbeddingOptions {
    requireRange("batch-size-max", batchSizeMax, BATCH_SIZE_LIMIT);
    requireRange("interactive-images-max", interactiveImagesMax, 100_000);
    requireRange("decoding-threads", decodingThreads, 1_024);
    requireRange("fetches-max", fetchesMax, 10_000);
    requireRange("stream-images-max", streamImagesMax, 1_000_000);
    if (streamImagesMax < batchSizeMax) {
      throw new IllegalArgumentException(
          "semblance.embedding.stream-images-max is %d, below batch-size-max = %d: no batch could be full"
              .formatted(streamImagesMax, batchSizeMax));
    }
    if (batchDelayMax.isNegative()) {
      throw new IllegalArgumentException("semblance.embedding.batch-delay-max is negative");
    }
  }

  private static void requireRange(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "semblance.embedding.%s is %d: 1 to %d".formatted(name, value, max));
    }
  }
}
