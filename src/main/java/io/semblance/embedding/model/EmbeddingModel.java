package io.semblance.embedding.model;

import io.semblance.image.ImageRecipe;
import java.nio.ByteBuffer;

/**
 * A network that turns pictures into vectors. Safe for use by several threads, of which {@link
 * #concurrency()} make progress at a time.
 */
public interface EmbeddingModel extends AutoCloseable {
  /** Returns what identifies the model. */
  ModelDescription description();

  /** Returns how the network's input is made of a picture. */
  ImageRecipe recipe();

  /** Returns where the network runs: the CPU or a GPU. */
  InferenceDevice device();

  /** Returns what the network computes in. */
  default NumericFormat numericFormat() {
    return NumericFormat.FLOAT32;
  }

  /** Returns how many batches it is worth having in flight: one on a CPU, two on a GPU. */
  int concurrency();

  /**
   * Runs one forward pass.
   *
   * @param inputs direct, native byte order, from position 0: {@code count} inputs of {@link
   *     ImageRecipe#samples()} float32 each; read, not kept
   * @param count inputs in the batch, at least 1
   * @return {@code count} vectors of the model's dimension, owned by the caller; a component may be
   *     NaN if the network made it so
   * @throws InferenceException if the engine fails; none of the batch has a vector then
   */
  float[][] embed(ByteBuffer inputs, int count);

  /** Waits for the passes in progress; later ones fail. */
  @Override
  void close();
}
