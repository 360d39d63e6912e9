package io.semblance.search;

import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.image.ImageSource;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Embeds query images in the pipeline's interactive lane. */
@Singleton
final class PipelineQueryEmbedder implements QueryEmbedder {
  private final EmbeddingPipeline pipeline;
  private final Duration timeLimit;

  @Inject
  PipelineQueryEmbedder(EmbeddingPipeline pipeline, SearchOptions options) {
    this.pipeline = pipeline;
    timeLimit = options.embeddingTimeLimit();
  }

  @Override
  public ImageEmbedding embed(byte[] image) {
    return EmbeddingWait.of(
        () -> pipeline.submitInteractive(new ImageSource.Inline(image)),
        "the query image",
        timeLimit);
  }
}
