package io.semblance.embedding;

import io.semblance.image.DecodedImage;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** An image on its way through the pipeline. */
final class PendingImage {
  private static final int NONE = -1;

  final Lane lane;
  final CompletableFuture<ImageEmbedding> result = new CompletableFuture<>();
  private final LaneBudget budget;
  private final AtomicInteger bytes = new AtomicInteger(NONE);
  private Duration ownTimeBefore = Duration.ZERO;
  private long begunNanos;
  private boolean begun;

  /**
   * @param budget in which the image already has its place
   */
  PendingImage(Lane lane, LaneBudget budget) {
    this.lane = lane;
    this.budget = budget;
  }

  /** Starts the clock of the image's own time; to be stopped before the next start. */
  synchronized void startClock() {
    begunNanos = System.nanoTime();
    begun = true;
  }

  synchronized void stopClock() {
    ownTimeBefore = ownTime();
    begun = false;
  }

  synchronized Duration ownTime() {
    return begun ? ownTimeBefore.plusNanos(System.nanoTime() - begunNanos) : ownTimeBefore;
  }

  void abandon() {
    result.completeExceptionally(new CancellationException("nobody waits for it any more"));
  }

  /** Notes that the budget holds room for {@code count} encoded bytes. */
  void holdsBytes(int count) {
    bytes.set(count);
    if (result.isDone()) { // abandoned in between, so that nobody would give them back
      releaseBytes();
    }
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

    boolean isAbandoned() {
      return image.result.isDone();
    }

    void complete(float[] vector) {
      image.result.complete(new ImageEmbedding(vector, contentHash, width, height, lowInformation));
    }

    void fail(Throwable failure) {
      image.result.completeExceptionally(failure);
    }
  }
}
