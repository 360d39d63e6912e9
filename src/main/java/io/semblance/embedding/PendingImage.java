package io.semblance.embedding;

import io.semblance.image.DecodedImage;
import java.nio.FloatBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** An image on its way through the pipeline. */
final class PendingImage {
  private static final int NONE = -1;

  final Lane lane;
  final CompletableFuture<ImageEmbedding> result = new CompletableFuture<>();
  private final LaneBudget budget;
  private final AtomicInteger bytes = new AtomicInteger(NONE);

  /**
   * @param budget in which the image already has its place
   */
  PendingImage(Lane lane, LaneBudget budget) {
    this.lane = lane;
    this.budget = budget;
  }

  /** Notes that the budget holds room for {@code count} encoded bytes. */
  void holdsBytes(int count) {
    bytes.set(count);
  }

  /** Gives the room of the encoded bytes back, once. */
  void releaseBytes() {
    int held = bytes.getAndSet(NONE);
    if (held != NONE) {
      budget.releaseBytes(held);
    }
  }

  /** Gives everything back. To be called once. */
  void release() {
    releaseBytes();
    budget.releaseImage();
  }

  /** An image whose bytes are at hand. */
  record Fetched(PendingImage image, byte[] bytes) {}

  /**
   * An image whose network input is ready.
   *
   * @param input the samples of one input
   * @param readyNanos when it became so
   */
  record Ready(
      PendingImage image,
      FloatBuffer input,
      String contentHash,
      int width,
      int height,
      boolean lowInformation,
      long readyNanos) {

    static Ready of(
        PendingImage image,
        FloatBuffer input,
        String contentHash,
        DecodedImage picture,
        boolean lowInformation) {
      return new Ready(
          image,
          input,
          contentHash,
          picture.width(),
          picture.height(),
          lowInformation,
          System.nanoTime());
    }

    void complete(float[] vector) {
      image.result.complete(new ImageEmbedding(vector, contentHash, width, height, lowInformation));
    }

    void fail(Throwable failure) {
      image.result.completeExceptionally(failure);
    }
  }
}
