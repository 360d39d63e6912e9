package io.semblance.embedding;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The embedding of one image, once the pipeline has made it. */
public final class EmbeddingResult extends CompletableFuture<ImageEmbedding> {
  private final PendingImage image;

  EmbeddingResult(PendingImage image) {
    this.image = image;
  }

  /**
   * Returns how long fetching and decoding of this very image have taken so far. What it waited
   * for, a place or a batch, is not counted: that is the instance's time.
   */
  Duration ownTime() {
    return image.ownTime();
  }

  /** Gives the image up, so that it costs nothing more. Without effect on a finished one. */
  void abandon() {
    image.abandon();
  }
}
