package io.semblance.embedding;

import io.semblance.embedding.model.ModelDescription;

/**
 * Where one model's embeddings go.
 *
 * @param model the model's name
 * @param description what identifies the model
 * @param source the CloudEvents source of these embeddings
 * @param node the topology's node that they are forwarded to
 */
public record EmbeddingOutput(
    String model, ModelDescription description, String source, String node) {}
