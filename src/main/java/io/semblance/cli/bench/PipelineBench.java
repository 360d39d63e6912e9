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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The embedding pipeline without Kafka: decode, preprocess and embed, with the service's default
 * limits but for the size of a batch, which the bench gives to both.
 */
final class PipelineBench implements AutoCloseable {
  private static final int STREAM_IMAGES_MAX = 128;
  private static final int INTERACTIVE_IMAGES_MAX = 64;
  private static final int FETCHES_MAX = 32;

  private final ImageFetcher fetcher =
      new ImageFetcher(
          new FetchRules(Set.of(), ImageLimits.DEFAULT.bytesMax(), Duration.ofSeconds(10), 0));
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EmbeddingPipeline pipeline;
  private final List<byte[]> images;
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> processorMillis = new ArrayList<>();
  private final List<Double> single = new ArrayList<>();

  PipelineBench(EmbeddingModel model, ImageDecoder decoder, List<byte[]> images, int batchSizeMax) {
    this.images = images;
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

  /** Embeds all images as fast as they go, and then a few one at a time. */
  void round(int singleImages, boolean counts) throws InterruptedException, ExecutionException {
    long processorBefore = ProcessorTime.ofProcess();
    long started = System.nanoTime();
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    for (byte[] image : images) {
      results.add(pipeline.submit(new ImageSource.Inline(image), Lane.STREAM));
    }
    for (CompletableFuture<ImageEmbedding> result : results) {
      result.get();
    }
    double rate = images.size() * 1e9 / (System.nanoTime() - started);
    if (counts) {
      rates.add(rate);
      processorMillis.add((ProcessorTime.ofProcess() - processorBefore) / 1e6 / images.size());
    }
    for (int i = 0; i < singleImages; i++) {
      long submitted = System.nanoTime();
      pipeline.submit(new ImageSource.Inline(images.get(i % images.size())), Lane.STREAM).get();
      if (counts) {
        single.add((System.nanoTime() - submitted) / 1e6);
      }
    }
  }

  /** Returns the medians of embeddings/s and of their cost. */
  EngineBench.Measured medians() {
    return new EngineBench.Measured(
        Distribution.median(rates), Distribution.median(processorMillis));
  }

  /** Returns how long one image took that had the pipeline to itself, in milliseconds. */
  Distribution singleImageMillis() {
    return Distribution.of(single);
  }

  @Override
  public void close() {
    pipeline.close();
    fetcher.close();
    registry.close();
  }
}
