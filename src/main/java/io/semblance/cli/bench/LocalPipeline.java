package io.semblance.cli.bench;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.EmbeddingOptions;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.Lane;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The embedding pipeline by itself, with the service's default options. */
final class LocalPipeline implements AutoCloseable {
  private static final int STREAM_IMAGES_MAX = 128;
  private static final int INTERACTIVE_IMAGES_MAX = 64;
  private static final int FETCHES_MAX = 32;
  private static final String MODEL = "semblance-copy-160";

  private final ImageFetcher fetcher =
      new ImageFetcher(
          new FetchRules(Set.of(), ImageLimits.DEFAULT.bytesMax(), Duration.ofSeconds(10), 0));
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EmbeddingPipeline pipeline;

  LocalPipeline(EmbeddingModel model, ImageDecoder decoder, int batchSizeMax) {
    pipeline =
        new EmbeddingPipeline(
            model,
            fetcher,
            decoder,
            new EmbeddingOptions(
                batchSizeMax,
                Duration.ZERO,
                STREAM_IMAGES_MAX,
                INTERACTIVE_IMAGES_MAX,
                Runtime.getRuntime().availableProcessors(),
                FETCHES_MAX),
            registry);
  }

  /** Returns the folder of the model that ships, which the service loads as well. */
  static Path modelDirectory(Path home) {
    Path shipped = home.resolve("models").resolve(MODEL);
    return Files.isDirectory(shipped)
        ? shipped
        : home.resolve("src").resolve("main").resolve("models").resolve(MODEL);
  }

  /** Submits an image, waiting while the pipeline is full. */
  CompletableFuture<ImageEmbedding> submit(byte[] image) throws InterruptedException {
    return pipeline.submit(new ImageSource.Inline(image), Lane.STREAM);
  }

  @Override
  public void close() {
    pipeline.close();
    fetcher.close();
    registry.close();
  }
}
