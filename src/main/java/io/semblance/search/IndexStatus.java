package io.semblance.search;

/**
 * One model's index.
 *
 * @param model the model whose vectors it holds
 * @param topic the topic of its embeddings
 * @param texts whether texts are embedded by the model
 * @param shards which shards an owner holds ready
 * @param vectors rows of all these shards
 * @param bytes of vectors and payloads of all these shards, allocated
 */
public record IndexStatus(
    ModelSummary model, String topic, boolean texts, Coverage shards, long vectors, long bytes) {}
