package io.semblance.embedding;

import io.semblance.embedding.PendingImage.Ready;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Runs batches through the network and gives each image its own result. A batch that fails as a
 * whole is halved until the image that fails it stands alone. Used by one thread.
 */
final class BatchRunner {
  private final EmbeddingModel model;
  private final EmbeddingMetrics metrics;
  private final ByteBuffer inputs;

  BatchRunner(EmbeddingModel model, int batchSizeMax, EmbeddingMetrics metrics) {
    this.model = model;
    this.metrics = metrics;
    inputs =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(batchSizeMax, model.recipe().samples() * Float.BYTES))
            .order(ByteOrder.nativeOrder());
  }

  void run(List<Ready> batch) {
    float[][] vectors;
    try {
      vectors = metrics.inference.record(() -> embed(batch));
    } catch (Throwable e) { // an error, too, may be one image's: out of memory, a native fault
      if (batch.size() == 1) {
        batch.getFirst().fail(asInferenceFailure(e));
        return;
      }
      int half = batch.size() / 2;
      run(batch.subList(0, half));
      run(batch.subList(half, batch.size()));
      return;
    }
    metrics.batchFill.record(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      deliver(batch.get(i), vectors[i]);
    }
  }

  private float[][] embed(List<Ready> batch) {
    FloatBuffer floats = inputs.asFloatBuffer();
    for (Ready image : batch) {
      floats.put(image.input().duplicate().rewind());
    }
    float[][] vectors = model.embed(inputs, batch.size());
    if (vectors.length != batch.size()) {
      throw new InferenceException(
          "the network gave %d vectors for %d images".formatted(vectors.length, batch.size()));
    }
    return vectors;
  }

  private static void deliver(Ready image, float[] vector) {
    for (float component : vector) {
      if (!Float.isFinite(component)) {
        image.fail(
            new InferenceException(
                "the network's vector for this image is not finite: the picture cannot be embedded by this model"));
        return;
      }
    }
    image.complete(vector);
  }

  private static Throwable asInferenceFailure(Throwable failure) {
    return failure instanceof InferenceException
        ? failure
        : new InferenceException(
            "the network failed on this image: " + failure.getMessage(), failure);
  }
}
