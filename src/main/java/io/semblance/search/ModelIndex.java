package io.semblance.search;

import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadataCodec;

/**
 * The index of one model's embeddings.
 *
 * @param name the model's name
 * @param model what identifies the model
 * @param topic the embeddings' topic, which is the index's log
 * @param store the index's state store, of which each partition of the topic has a shard
 * @param shardCount how many shards there are
 */
public record ModelIndex(
    String name, ModelDescription model, String topic, String store, ShardCount shardCount) {
  /** Returns whether near-duplicates are told by it. */
  public boolean isMatching() {
    return name.equals(LoadedModel.MATCHING);
  }

  /** Returns what reads the metadata that lie beside each vector. */
  public EmbeddingMetadataCodec codec() {
    return new EmbeddingMetadataCodec(model.id(), model.version(), model.fingerprint());
  }
}
