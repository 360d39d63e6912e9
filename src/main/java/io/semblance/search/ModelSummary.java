package io.semblance.search;

import io.semblance.embedding.model.ModelDescription;

/**
 * The model whose vectors an index holds.
 *
 * @param name by which requests name the model and its index
 * @param id the model package's id
 * @param version the model package's version
 * @param fingerprint hexadecimal SHA-256 of what determines its vectors
 * @param dimension components of a vector
 * @param matchThreshold lowest similarity that counts as a near-duplicate
 */
public record ModelSummary(
    String name,
    String id,
    String version,
    String fingerprint,
    int dimension,
    float matchThreshold) {
  static ModelSummary of(ModelIndex index) {
    ModelDescription model = index.model();
    return new ModelSummary(
        index.name(),
        model.id(),
        model.version(),
        model.fingerprint(),
        model.dimension(),
        model.matchThreshold());
  }
}
