package io.semblance.embedding;

import io.semblance.image.DecodedImage;
import io.semblance.image.ImageSource;
import java.nio.FloatBuffer;
import java.util.concurrent.CompletableFuture;

/** An image on its way through the pipeline. */
final class PendingImage {
  final ImageSource source;
  final Lane lane;
  final CompletableFuture<ImageEmbedding> result = new CompletableFuture<>();

  PendingImage(ImageSource source, Lane lane) {
    this.source = source;
    this.lane = lane;
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
  }
}
