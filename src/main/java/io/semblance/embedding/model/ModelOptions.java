package io.semblance.embedding.model;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which model is loaded and how it runs.
 *
 * @param directory the model package
 * @param engine the engine to choose among the package's networks; the first network if absent
 * @param device where the network runs
 * @param threads threads of one forward pass on a CPU; 0 lets the engine choose. TensorFlow's
 *     networks share those that the first of the process asked for
 * @param format what the network computes in
 */
public record ModelOptions(
    Path directory,
    Optional<String> engine,
    InferenceDevice device,
    int threads,
    NumericFormat format) {
  /** Most threads of one forward pass. */
  public static final int THREADS_MAX = 1_024;

  /** In float32. */
  public ModelOptions(
      Path directory, Optional<String> engine, InferenceDevice device, int threads) {
    this(directory, engine, device, threads, NumericFormat.FLOAT32);
  }

  public ModelOptions {
    if (threads < 0 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(
          "semblance.model.threads is %d: 0 to %d".formatted(threads, THREADS_MAX));
    }
  }

  /** Returns these options with the engine {@code other}. */
  ModelOptions withEngine(String other) {
    return new ModelOptions(directory, Optional.of(other), device, threads, format);
  }
}
