package io.semblance.embedding.model;

/**
 * What identifies a model and how its vectors are to be compared.
 *
 * @param id the package's id, for example {@code semblance-copy-160}
 * @param version the package's version
 * @param fingerprint hexadecimal SHA-256 over everything that determines the vectors: network,
 *     preprocessing, pooling
 * @param dimension components of a vector
 * @param matchThreshold lowest similarity that counts as a near-duplicate
 */
public record ModelDescription(
    String id, String version, String fingerprint, int dimension, float matchThreshold) {}
