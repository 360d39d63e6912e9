package io.semblance.search;

import java.util.Optional;

/**
 * A model that can be searched by.
 *
 * @param index its index
 * @param shards where its index lies
 * @param images makes vectors of its space from pictures
 * @param texts makes vectors of its space from texts; empty if it has no text tower
 */
record SearchedModel(
    ModelIndex index, IndexShards shards, QueryEmbedder images, Optional<TextQueryEmbedder> texts) {
  String name() {
    return index.name();
  }

  ModelSummary summary() {
    return ModelSummary.of(index);
  }
}
