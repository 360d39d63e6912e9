package io.semblance.embedding.model;

import java.util.List;
import java.util.Optional;

/**
 * Turns texts into vectors of the space of an {@link EmbeddingModel}'s pictures: their inner
 * product with a picture's vector says how well the two fit. Safe for use by several threads, of
 * which one makes progress at a time.
 */
public interface TextEncoder extends AutoCloseable {
  /** Most texts of one call. */
  int TEXTS_MAX = 1_024;

  /** Most characters of one text; the network sees the first {@link #contextLength()} tokens. */
  int CHARACTERS_MAX = 100_000;

  /** Returns what identifies the model; its fingerprint is that of the pictures' model. */
  ModelDescription description();

  /** Returns where the network runs: the CPU or a GPU. */
  InferenceDevice device();

  /** Returns the tokens that the network sees of a text, begin and end included. */
  int contextLength();

  /**
   * Returns the token ids of {@code text}, padded to {@link #contextLength()}; what is longer is
   * cut, its end mark kept.
   */
  long[] tokens(String text);

  /** Returns whether the network sees the beginning of {@code text} alone. */
  boolean cuts(String text);

  /**
   * Runs one forward pass.
   *
   * @param texts 1 to {@link #TEXTS_MAX}
   * @return their vectors of unit norm, owned by the caller; a component may be NaN if the network
   *     made it so
   * @throws IllegalArgumentException if there are none, too many, or one is too long
   * @throws InferenceException if the engine fails; none of the texts has a vector then
   */
  List<float[]> embed(List<String> texts);

  /**
   * Returns how similarities become probabilities; empty if neither the package nor its network
   * tells, which {@code text.temperature} in model.json mends.
   */
  Optional<LabelScale> labelScale();

  /** Waits for the pass in progress; later ones fail. */
  @Override
  void close();
}
