package io.semblance.search;

/** What is looked for. */
public sealed interface SearchQuery {
  /** Images similar to this one. The array is not copied: nobody may change it. */
  record ByImage(byte[] bytes) implements SearchQuery {}

  /** Images whose vectors are similar to this one, of the model's dimension; scaled to length 1. */
  record ByVector(float[] vector) implements SearchQuery {}

  /** Images that this text describes. */
  record ByText(String text) implements SearchQuery {}

  /** Images similar to an indexed one, which is left out of the answer. */
  record ById(String imageId) implements SearchQuery {}
}
