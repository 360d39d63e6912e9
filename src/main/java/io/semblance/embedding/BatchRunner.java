package io.semblance.embedding;

import io.semblance.embedding.PendingImage.Ready;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.NumericFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Runs batches through the network and gives each image its own result. A batch that fails as a
 * whole is halved until the image that fails it stands alone; then a plain picture tells whether it
 * is that image's fault or the engine's. Used by one thread.
 */
final class BatchRunner {
  private final String name;
  private final EmbeddingModel model;
  private final EngineHealth health;
  private final ModelMetrics metrics;
  private final ByteBuffer inputs;

  BatchRunner(
      String name,
      EmbeddingModel model,
      EmbeddingOptions options,
      EngineHealth health,
      ModelMetrics metrics) {
    this.name = name;
    this.model = model;
    this.health = health;
    this.metrics = metrics;
    inputs =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(options.batchSizeMax(), model.recipe().samples() * Float.BYTES))
            .order(ByteOrder.nativeOrder());
  }

  void run(List<Ready> batch) {
    BatchHalving.run(batch, this::attempt, this::failAlone);
  }

  private Runnable attempt(List<Ready> batch) {
    Optional<EngineFailedException> givenUp = health.failure();
    if (givenUp.isPresent()) {
      return () -> batch.forEach(image -> image.vectors().fail(givenUp.get()));
    }
    float[][] vectors = metrics.inference.record(() -> embed(batch));
    return () -> {
      metrics.batchFill.record(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        deliver(batch.get(i), vectors[i]);
      }
    };
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

  private void deliver(Ready image, float[] vector) {
    if (isFinite(vector)) {
      health.succeeded();
      image.vectors().add(name, vector);
      return;
    }
    failAlone(
        image,
        new InferenceException(
            "the network's vector for this image is not finite: the picture cannot be embedded by the model %s%s"
                .formatted(model.description().id(), overflowHelp())));
  }

  /** What is too large for a reduced format fits float32. */
  private String overflowHelp() {
    return model.numericFormat() == NumericFormat.FLOAT32
        ? ""
        : " in %s; see Numeric formats in docs/models.md, or set its numeric-format to float32"
            .formatted(model.numericFormat());
  }

  /** Returns whether a network made a vector at all. */
  static boolean isFinite(float[] vector) {
    for (float component : vector) {
      if (!Float.isFinite(component)) {
        return false;
      }
    }
    return true;
  }

  /** An image is at fault only where the engine works without it. */
  private void failAlone(Ready image, Throwable failure) {
    if (embedsAPlainPicture()) {
      health.succeeded();
      image.vectors().fail(asInferenceFailure(failure));
    } else {
      image.vectors().fail(health.failed(failure));
    }
  }

  /** Runs a picture of the recipe's mean colour: an input of zeros. */
  private boolean embedsAPlainPicture() {
    try {
      inputs.asFloatBuffer().put(new float[model.recipe().samples()]);
      float[][] vectors = model.embed(inputs, 1);
      return vectors.length == 1 && isFinite(vectors[0]);
    } catch (Throwable e) { // what failed the image is what is told
      return false;
    }
  }

  private static Throwable asInferenceFailure(Throwable failure) {
    return failure instanceof InferenceException
        ? failure
        : new InferenceException(
            "the network failed on this image: " + failure.getMessage(), failure);
  }
}
