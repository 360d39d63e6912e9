package io.semblance.search;

import io.semblance.embedding.model.LabelScale;
import java.util.List;

/** Embeds the texts of queries. Safe for use by several threads. */
interface TextQueryEmbedder {
  /**
   * Waits for the vectors of {@code texts}, of the same space as those of images.
   *
   * @throws SearchException if there is no room for the texts or they take too long
   */
  List<float[]> embed(List<String> texts);

  /** Returns whether the model sees the beginning of {@code text} alone. */
  boolean cuts(String text);

  /**
   * Returns how similarities of images to labels become probabilities.
   *
   * @throws SearchException if the model does not tell
   */
  LabelScale labelScale();
}
