package io.semblance.search;

import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.PipelineClosedException;
import io.semblance.embedding.PipelineFullException;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageSource;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Embeds query images in the pipeline's interactive lane. */
@Singleton
final class PipelineQueryEmbedder implements QueryEmbedder {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final EmbeddingPipeline pipeline;
  private final Duration timeLimit;

  @Inject
  PipelineQueryEmbedder(EmbeddingPipeline pipeline, SearchOptions options) {
    this.pipeline = pipeline;
    timeLimit = options.embeddingTimeLimit();
  }

  @Override
  public ImageEmbedding embed(byte[] image) {
    try {
      return pipeline
          .submitInteractive(new ImageSource.Inline(image))
          .get(timeLimit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (PipelineFullException e) {
      throw new SearchException(
          SearchException.Reason.FULL,
          "embedding-full",
          String.valueOf(e.getMessage()),
          e.retryAfter());
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } catch (TimeoutException e) {
      throw SearchException.unavailable(
          "embedding-timeout",
          "the query image was not embedded within %s: the service is busy; try again"
              .formatted(timeLimit),
          RETRY_AFTER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopping();
    }
  }

  private static RuntimeException failure(@Nullable Throwable cause) {
    return switch (cause) {
      case ImageRejectedException rejected ->
          new SearchException(
              SearchException.Reason.IMAGE,
              "image-" + rejected.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'),
              String.valueOf(rejected.getMessage()));
      case PipelineClosedException closed -> stopping();
      case null, default -> new IllegalStateException("the query image was not embedded", cause);
    };
  }

  private static SearchException stopping() {
    return SearchException.unavailable(
        "stopping", "this instance is stopping: ask another", RETRY_AFTER);
  }
}
