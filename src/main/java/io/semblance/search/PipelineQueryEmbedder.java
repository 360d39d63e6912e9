package io.semblance.search;

import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.image.ImageSource;
import java.time.Duration;

/** Embeds query images with one model, in the pipeline's interactive lane. */
final class PipelineQueryEmbedder implements QueryEmbedder {
  private final EmbeddingPipeline pipeline;
  private final String model;
  private final Duration timeLimit;

  PipelineQueryEmbedder(EmbeddingPipeline pipeline, String model, Duration timeLimit) {
    this.pipeline = pipeline;
    this.model = model;
    this.timeLimit = timeLimit;
  }

  @Override
  public ImageEmbedding embed(byte[] image) {
    return EmbeddingWait.of(
        () -> pipeline.submitInteractive(new ImageSource.Inline(image), model),
        "the query image",
        timeLimit);
  }
}
