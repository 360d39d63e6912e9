package io.semblance.embedding;

import java.time.Duration;

/** Too many searches are waiting; the caller should come back later. */
public final class PipelineFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  PipelineFullException(EmbeddingOptions options) {
    this(
        ("semblance.embedding.interactive-images-max = %d searches, or encoded-bytes-max = %d bytes"
                + " of them, are already waiting for their embedding: try again in a second")
            .formatted(options.interactiveImagesMax(), options.encodedBytesMax()));
  }

  PipelineFullException(String message) {
    super(message);
  }

  /** Returns when it is worth trying again. */
  public Duration retryAfter() {
    return RETRY_AFTER;
  }
}
