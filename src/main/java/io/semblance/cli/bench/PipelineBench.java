package io.semblance.cli.bench;

import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The embedding pipeline without Kafka: decode, preprocess and embed, with the service's default
 * limits but for the size of a batch, which the bench gives to both.
 */
final class PipelineBench implements AutoCloseable {
  private final LocalPipeline pipeline;
  private final List<byte[]> images;
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> processorMillis = new ArrayList<>();
  private final List<Double> single = new ArrayList<>();

  PipelineBench(EmbeddingModel model, ImageDecoder decoder, List<byte[]> images, int batchSizeMax) {
    this.images = images;
    pipeline = new LocalPipeline(model, decoder, batchSizeMax);
  }

  /** Embeds all images as fast as they go, and then a few one at a time. */
  void round(int singleImages, boolean counts) throws InterruptedException, ExecutionException {
    long processorBefore = ProcessorTime.ofProcess();
    long started = System.nanoTime();
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    for (byte[] image : images) {
      results.add(pipeline.submit(image));
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
      pipeline.submit(images.get(i % images.size())).get();
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
  }
}
