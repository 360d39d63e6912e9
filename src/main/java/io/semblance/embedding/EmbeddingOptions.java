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
 * @param fetchesMax most images being fetched at a time, at most half of them from one host
 * @param encodedBytesMax most bytes of images that wait for decoding, in each lane; beyond it, each
 *     fetch in progress holds the bytes that it reads
 */
public record EmbeddingOptions(
    int batchSizeMax,
    Duration batchDelayMax,
    int streamImagesMax,
    int interactiveImagesMax,
    int decodingThreads,
    int fetchesMax,
    long encodedBytesMax) {
  /** Largest batch. */
  public static final int BATCH_SIZE_LIMIT = 1_024;

  /** Longest delay of a batch: what waits longer is no micro-batch. */
  public static final Duration BATCH_DELAY_LIMIT = Duration.ofSeconds(1);

  /** 256 MiB. */
  public static final long ENCODED_BYTES_MAX_DEFAULT = 256L << 20;

  private static final int FETCHES_LIMIT = 10_000;
  private static final long ENCODED_BYTES_LIMIT = 1L << 40;

  public EmbeddingOptions {
    requireRange("batch-size-max", batchSizeMax, BATCH_SIZE_LIMIT);
    requireRange("interactive-images-max", interactiveImagesMax, 100_000);
    requireRange("decoding-threads", decodingThreads, 1_024);
    if (fetchesMax < 1 || fetchesMax > FETCHES_LIMIT) {
      throw new IllegalArgumentException(
          "semblance.image.fetch.concurrency-max is %d: 1 to %d"
              .formatted(fetchesMax, FETCHES_LIMIT));
    }
    requireRange("stream-images-max", streamImagesMax, 1_000_000);
    if (streamImagesMax < batchSizeMax) {
      throw new IllegalArgumentException(
          "semblance.embedding.stream-images-max is %d, below batch-size-max = %d: no batch could be full"
              .formatted(streamImagesMax, batchSizeMax));
    }
    if (batchDelayMax.isNegative() || batchDelayMax.compareTo(BATCH_DELAY_LIMIT) > 0) {
      throw new IllegalArgumentException(
          "semblance.embedding.batch-delay-max is %s: zero to %s"
              .formatted(batchDelayMax, BATCH_DELAY_LIMIT));
    }
    requireRange("encoded-bytes-max", encodedBytesMax, ENCODED_BYTES_LIMIT);
  }

  /** The limits with {@link #ENCODED_BYTES_MAX_DEFAULT}. */
  public EmbeddingOptions(
      int batchSizeMax,
      Duration batchDelayMax,
      int streamImagesMax,
      int interactiveImagesMax,
      int decodingThreads,
      int fetchesMax) {
    this(
        batchSizeMax,
        batchDelayMax,
        streamImagesMax,
        interactiveImagesMax,
        decodingThreads,
        fetchesMax,
        ENCODED_BYTES_MAX_DEFAULT);
  }

  private static void requireRange(String name, long value, long max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "semblance.embedding.%s is %d: 1 to %d".formatted(name, value, max));
    }
  }
}
