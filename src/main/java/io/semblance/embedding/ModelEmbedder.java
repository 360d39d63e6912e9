package io.semblance.embedding;

import io.micrometer.core.instrument.MeterRegistry;
import io.semblance.embedding.PendingImage.Ready;
import io.semblance.embedding.PendingImage.Vectors;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImagePreprocessor;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One model's part of the pipeline: it makes its network's inputs of decoded pictures, and runs one
 * forward pass for whatever is ready. What waits is bounded by the pipeline's lanes. Safe for use
 * by several threads.
 */
final class ModelEmbedder {
  private final LoadedModel loaded;
  private final EmbeddingModel model;
  private final EmbeddingOptions options;
  private final ImagePreprocessor preprocessor;
  private final EngineHealth health = new EngineHealth();
  private final LaneQueue<Ready> ready = new LaneQueue<>();
  private final ModelMetrics metrics;

  /**
   * @param loaded stays the caller's
   */
  ModelEmbedder(LoadedModel loaded, EmbeddingOptions options, MeterRegistry registry) {
    this.loaded = loaded;
    this.options = options;
    model = loaded.model();
    preprocessor = new ImagePreprocessor(model.recipe());
    metrics = new ModelMetrics(registry, loaded.name(), ready::size);
  }

  /** Starts a thread for each forward pass that is worth having in flight. */
  void start(WorkerThreads threads) {
    for (int i = 0; i < model.concurrency(); i++) {
      BatchRunner runner = new BatchRunner(loaded.name(), model, options, health, metrics);
      threads.start(
          "embed-%s-%d".formatted(loaded.name(), i), health, () -> embedUntilClosed(runner));
    }
  }

  String name() {
    return loaded.name();
  }

  Optional<TextPipeline> texts() {
    return loaded.texts();
  }

  /** Returns why this model embeds nothing more, if it does not. */
  Optional<EngineFailedException> failure() {
    return health.failure();
  }

  /** Returns the network's input of a picture. */
  FloatBuffer input(DecodedImage picture) {
    long started = System.nanoTime();
    FloatBuffer input = FloatBuffer.allocate(model.recipe().samples());
    preprocessor.preprocess(picture, input, 0);
    metrics.preprocess.record(Duration.ofNanos(System.nanoTime() - started));
    return input;
  }

  /** Embeds {@code input} in one of the next batches, for {@code vectors}. */
  void embed(Vectors vectors, FloatBuffer input) {
    if (!ready.add(vectors.lane(), new Ready(vectors, input, System.nanoTime()))) {
      vectors.fail(new PipelineClosedException());
    }
  }

  private void embedUntilClosed(BatchRunner runner) throws InterruptedException {
    while (true) {
      List<Ready> batch = ready.take(options.batchSizeMax(), options.batchDelayMax().toNanos());
      if (batch.isEmpty()) {
        return;
      }
      batch.removeIf(one -> one.vectors().isAbandoned());
      if (batch.isEmpty()) {
        continue;
      }
      long now = System.nanoTime();
      batch.forEach(one -> metrics.queueWait.record(Duration.ofNanos(now - one.readyNanos())));
      runner.run(batch);
    }
  }

  /** Lets the threads end after the batch they are at. */
  void close() {
    ready.close();
  }
}
