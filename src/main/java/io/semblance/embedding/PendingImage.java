package io.semblance.embedding;

import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** An image on its way through the pipeline, to one model or to all. */
final class PendingImage {
  private static final int NONE = -1;

  final Lane lane;
  final List<ModelEmbedder> models;
  final CompletableFuture<ImageEmbedding> result = new CompletableFuture<>();
  private final LaneBudget budget;
  private final AtomicInteger bytes = new AtomicInteger(NONE);
  private Duration ownTimeBefore = Duration.ZERO;
  private long begunNanos;
  private boolean begun;

  /**
   * @param models that are to embed the image
   * @param budget in which the image already has its place
   */
  PendingImage(Lane lane, List<ModelEmbedder> models, LaneBudget budget) {
    this.lane = lane;
    this.models = models;
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
   * The vectors of one image as the models make them. All or none: the last completes the image's
   * result, and a failure of one fails it. Safe for use by several threads.
   */
  static final class Vectors {
    private final PendingImage image;
    private final ImageContent content;
    private final int expected;
    private final Map<String, float[]> vectors = new HashMap<>();

    /**
     * @param expected of how many models vectors will come
     */
    Vectors(PendingImage image, ImageContent content, int expected) {
      this.image = image;
      this.content = content;
      this.expected = expected;
    }

    synchronized void add(String model, float[] vector) {
      vectors.put(model, vector);
      if (vectors.size() == expected) {
        image.result.complete(
            new ImageEmbedding(
                vectors,
                content.hash(),
                content.width(),
                content.height(),
                content.lowInformation()));
      }
    }

    void fail(Throwable failure) {
      image.result.completeExceptionally(failure);
    }

    boolean isAbandoned() {
      return image.result.isDone();
    }

    Lane lane() {
      return image.lane;
    }
  }

  /**
   * An image whose input for one model's network is ready.
   *
   * @param vectors receives the vector, or why there is none
   * @param input the samples of one input
   * @param readyNanos when it became so
   */
  record Ready(Vectors vectors, FloatBuffer input, long readyNanos) {}
}
