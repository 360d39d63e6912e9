package io.semblance.search;

import io.semblance.embedding.TextPipeline;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import java.time.Duration;
import java.util.List;

/** Embeds query texts with the text tower of one model. */
final class PipelineTextEmbedder implements TextQueryEmbedder {
  private final TextPipeline pipeline;
  private final ModelDescription model;
  private final Duration timeLimit;

  PipelineTextEmbedder(TextPipeline pipeline, ModelDescription model, Duration timeLimit) {
    this.pipeline = pipeline;
    this.model = model;
    this.timeLimit = timeLimit;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    return EmbeddingWait.of(
        () -> pipeline.submitInteractive(texts),
        texts.size() == 1 ? "the query text" : "the query's text",
        timeLimit);
  }

  @Override
  public boolean cuts(String text) {
    return pipeline.cuts(text);
  }

  @Override
  public LabelScale labelScale() {
    return pipeline
        .labelScale()
        .orElseThrow(() ->
            new SearchException(
                SearchException.Reason.UNSUPPORTED,
                "model-without-label-scale",
                "nothing tells how similarities to texts become probabilities with the model %s: name \"text.temperature\" and \"text.bias\" in its model.json; a search by text works without"
                    .formatted(model.id())));
  }
}
