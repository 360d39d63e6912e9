package io.semblance.search;

import io.semblance.embedding.ImageEmbedding;

/** Embeds a query image. Safe for use by several threads. */
@FunctionalInterface
interface QueryEmbedder {
  /**
   * Waits for the embedding of {@code image}.
   *
   * @throws SearchException if the image is rejected, there is no room for it or it takes too long
   */
  ImageEmbedding embed(byte[] image);
}
