package io.semblance.search;

import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.TextPipeline;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Embeds query texts with the text tower of the model, if it has one. */
@Singleton
final class PipelineTextEmbedder implements TextQueryEmbedder {
  private final Optional<TextPipeline> pipeline;
  private final ModelDescription model;
  private final Duration timeLimit;

  @Inject
  PipelineTextEmbedder(EmbeddingResources resources, SearchOptions options) {
    this(resources.texts(), resources.model().description(), options.embeddingTimeLimit());
  }

  PipelineTextEmbedder(
      Optional<TextPipeline> pipeline, ModelDescription model, Duration timeLimit) {
    this.pipeline = pipeline;
    this.model = model;
    this.timeLimit = timeLimit;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    TextPipeline tower = pipeline();
    return EmbeddingWait.of(
        () -> tower.submitInteractive(texts),
        texts.size() == 1 ? "the query text" : "the query's text",
        timeLimit);
  }

  @Override
  public LabelScale labelScale() {
    return pipeline()
        .labelScale()
        .orElseThrow(() ->
            new SearchException(
                SearchException.Reason.UNSUPPORTED,
                "model-without-label-scale",
                "nothing tells how similarities to texts become probabilities with the model %s: name \"text.temperature\" and \"text.bias\" in its model.json; a search by text works without"
                    .formatted(model.id())));
  }

  private TextPipeline pipeline() {
    return pipeline.orElseThrow(() ->
        new SearchException(
            SearchException.Reason.UNSUPPORTED,
            "model-without-texts",
            "the model %s, version %s, embeds pictures alone, so that no text can be compared with them: let semblance.model.directory name a CLIP or SigLIP export with its text network and tokenizer.json, and semblance.model.texts be true; its vectors need an index of their own"
                .formatted(model.id(), model.version())));
  }
}
