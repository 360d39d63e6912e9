package io.semblance.embedding;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageFetcher;
import java.util.Optional;

/**
 * What embedding holds open, closed in the order of its use: a network that is closed inside a
 * forward pass takes the process with it, and a fetcher closed too early fails healthy uploads.
 *
 * @param pipeline closed first
 * @param fetcher closed after the pipeline that fetches with it
 * @param model closed last
 * @param texts closed first; empty if the model has no text tower
 */
public record EmbeddingResources(
    EmbeddingPipeline pipeline,
    ImageFetcher fetcher,
    EmbeddingModel model,
    Optional<TextPipeline> texts)
    implements AutoCloseable {
  @Override
  public void close() {
    try (model;
        fetcher;
        pipeline;
        TextPipeline _ = texts.orElse(null)) {
      // Closed from the last to the first, each although another fails.
    }
  }
}
