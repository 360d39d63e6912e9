package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One model's index.
 *
 * @param model the model whose vectors it holds
 * @param topic the topic of its embeddings
 * @param texts whether texts are embedded by the model
 * @param shards which shards an owner holds ready
 * @param vectors rows of all these shards
 * @param bytes of vectors and payloads of all these shards, allocated
 * @param foreignRecords embeddings of other models that these shards met in their topic, which they
 *     do not hold
 * @param foreignModel the model of one of them; null if there are none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IndexStatus(
    ModelSummary model,
    String topic,
    boolean texts,
    Coverage shards,
    long vectors,
    long bytes,
    long foreignRecords,
    @Nullable String foreignModel) {}
