package io.semblance.event;

/**
 * What the headers of an {@code image-embeddings} record say about its vector.
 *
 * @param modelId the model package's id
 * @param modelVersion the model package's version
 * @param modelFingerprint hexadecimal SHA-256 over everything that determines the model's vectors
 * @param contentHash hexadecimal SHA-256 of the uploaded bytes
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param lowInformation whether the picture carries no information and must never match
 * @param upload what the upload event said about itself
 */
public record EmbeddingMetadata(
    String modelId,
    String modelVersion,
    String modelFingerprint,
    String contentHash,
    int width,
    int height,
    boolean lowInformation,
    EventMetadata upload) {}
