package io.semblance.embedding;

/**
 * What the pipeline makes of one image.
 *
 * @param vector of the model's dimension, unit norm where the model says so; owned by the receiver
 * @param contentHash hexadecimal SHA-256 of the image's bytes
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param lowInformation whether the picture carries no information (invariant 9)
 */
public record ImageEmbedding(
    float[] vector, String contentHash, int width, int height, boolean lowInformation) {}
