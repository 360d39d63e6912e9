package io.semblance.embedding;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.TextEncoder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Turns texts into vectors: one forward pass for whatever waits, across all callers, those of
 * searches ahead of those of uploads.
 *
 * <p>Every text has a result of its own: a batch that fails as a whole is halved until the text
 * that fails it stands alone; then a plain text tells whether it is that text's fault or the
 * engine's. The number of texts of searches between submission and result is bounded here, that of
 * uploads by the lane of the images' pipeline. Safe for use by several threads.
 */
public final class TextPipeline implements AutoCloseable {
  private static final Logger LOG = System.getLogger(TextPipeline.class.getName());

  private static final String PLAIN_TEXT = "a";

  private record PendingText(String text, CompletableFuture<float[]> vector) {}

  private final TextEncoder encoder;
  private final TextOptions options;
  private final String name;
  private final MeterRegistry registry;
  private final Timer inference;
  private final DistributionSummary batchFill;
  private final Semaphore places;
  private final LaneQueue<PendingText> waiting = new LaneQueue<>();
  private final Set<CompletableFuture<float[]>> pending = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Starts the pipeline's thread.
   *
   * @param name of the model whose text tower this is; the meters' tag {@code model}
   * @param encoder closed with this pipeline
   * @param registry receives the meters {@code semblance.embedding.text.*}
   */
  public TextPipeline(
      String name, TextEncoder encoder, TextOptions options, MeterRegistry registry) {
    this.name = name;
    this.encoder = encoder;
    this.options = options;
    this.registry = registry;
    places = new Semaphore(options.interactiveTextsMax(), true);
    inference =
        Timer.builder("semblance.embedding.text.inference")
            .description("One forward pass of texts")
            .tag(ModelMetrics.MODEL, name)
            .register(registry);
    batchFill =
        DistributionSummary.builder("semblance.embedding.text.batch.fill")
            .description("Texts of one forward pass")
            .tag(ModelMetrics.MODEL, name)
            .register(registry);
    Gauge.builder("semblance.embedding.text.in.flight", pending::size)
        .description("Texts between submission and result")
        .tag(ModelMetrics.MODEL, name)
        .register(registry);
    thread =
        Thread.ofPlatform()
            .name("semblance-embed-texts-" + name)
            .daemon()
            .start(this::embedUntilClosed);
  }

  /** Returns how similarities to texts become probabilities, if the model tells. */
  public Optional<LabelScale> labelScale() {
    return encoder.labelScale();
  }

  /** Returns whether the model sees the beginning of {@code text} alone. */
  public boolean cuts(String text) {
    return encoder.cuts(text);
  }

  /**
   * Submits texts of a search, which go into the next batches with those of other searches.
   *
   * @param texts each of at most {@link TextEncoder#CHARACTERS_MAX} characters
   * @return completes with their vectors, in order, or exceptionally: with an {@link
   *     InferenceException}, a {@link PipelineClosedException} or an {@link EngineFailedException}.
   *     Cancelling it gives the texts up.
   * @throws PipelineFullException if too many texts are waiting
   */
  public CompletableFuture<List<float[]>> submitInteractive(List<String> texts) {
    if (!places.tryAcquire(texts.size())) {
      count("refused", texts.size());
      throw new PipelineFullException(
          "semblance.embedding.interactive-texts-max = %d texts of searches leave no room for %d more: try again in a second"
              .formatted(options.interactiveTextsMax(), texts.size()));
    }
    List<CompletableFuture<float[]>> vectors =
        texts.stream().map(text -> begin(text, Lane.INTERACTIVE)).toList();
    vectors.forEach(vector -> vector.whenComplete((_, _) -> places.release()));
    CompletableFuture<List<float[]>> all =
        CompletableFuture.allOf(vectors.toArray(CompletableFuture[]::new))
            .thenApply(_ -> vectors.stream().map(CompletableFuture::join).toList());
    all.whenComplete((_, failure) -> {
      if (failure != null) { // one that fails, or is given up, is of no use without the others
        vectors.forEach(vector -> vector.cancel(false));
      }
    });
    return all;
  }

  /**
   * Submits an uploaded text, which its caller has found a place for.
   *
   * @param text of at most {@link #textLengthMax()} characters
   * @return completes with its vector, or exceptionally: with an {@link InferenceException}, a
   *     {@link PipelineClosedException} or an {@link EngineFailedException}
   */
  CompletableFuture<float[]> submitStream(String text) {
    return begin(text, Lane.STREAM);
  }

  /** Returns the most characters of an uploaded text. */
  int textLengthMax() {
    return options.textLengthMax();
  }

  private CompletableFuture<float[]> begin(String text, Lane lane) {
    CompletableFuture<float[]> vector = new CompletableFuture<>();
    pending.add(vector);
    vector.whenComplete((_, failure) -> {
      pending.remove(vector);
      count(
          switch (failure) {
            case null -> "embedded";
            case InferenceException _ -> "inference_failed";
            case EngineFailedException _ -> "engine_failed";
            case PipelineClosedException _ -> "closed";
            default -> vector.isCancelled() ? "abandoned" : "failed";
          },
          1);
    });
    if (closed || !waiting.add(lane, new PendingText(text, vector))) {
      vector.completeExceptionally(new PipelineClosedException());
    }
    return vector;
  }

  private void embedUntilClosed() {
    try {
      while (true) {
        List<PendingText> batch =
            waiting.take(options.batchSizeMax(), options.batchDelayMax().toNanos());
        if (batch.isEmpty()) {
          return;
        }
        batch.removeIf(one -> one.vector().isDone());
        if (!batch.isEmpty()) {
          embed(batch);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void embed(List<PendingText> batch) {
    BatchHalving.run(
        batch,
        this::attempt,
        (text, failure) -> text.vector().completeExceptionally(failureOfOne(failure)));
  }

  private Runnable attempt(List<PendingText> batch) {
    long started = System.nanoTime();
    List<float[]> vectors = encoder.embed(batch.stream().map(PendingText::text).toList());
    inference.record(Duration.ofNanos(System.nanoTime() - started));
    return () -> {
      batchFill.record(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        deliver(batch.get(i).vector(), vectors.get(i));
      }
    };
  }

  /** A text is at fault only where the engine works without it. */
  private RuntimeException failureOfOne(Throwable failure) {
    try {
      encoder.embed(List.of(PLAIN_TEXT));
    } catch (Throwable e) { // what failed the text is what is told
      return new EngineFailedException(
          "the engine fails on a plain text too: " + failure.getMessage(), failure);
    }
    return failure instanceof InferenceException inference
        ? inference
        : new InferenceException("the network failed on a text: " + failure, failure);
  }

  private static void deliver(CompletableFuture<float[]> result, float[] vector) {
    if (BatchRunner.isFinite(vector)) {
      result.complete(vector);
    } else {
      result.completeExceptionally(
          new InferenceException(
              "the network's vector for this text is not finite: the model cannot embed it"));
    }
  }

  private void count(String outcome, int texts) {
    Counter.builder("semblance.embedding.texts")
        .description("Texts by outcome")
        .tag(ModelMetrics.MODEL, name)
        .tag("outcome", outcome)
        .register(registry)
        .increment(texts);
  }

  /** Waits for the forward pass in progress; texts without a result fail. Closes the encoder. */
  @Override
  public void close() {
    closed = true;
    waiting.close();
    try {
      if (!thread.join(EmbeddingPipeline.CLOSE_TIME_LIMIT)) {
        LOG.log(
            Level.WARNING,
            "{0} has not ended within {1}",
            thread,
            EmbeddingPipeline.CLOSE_TIME_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (CompletableFuture<float[]> vector : List.copyOf(pending)) {
      vector.completeExceptionally(new PipelineClosedException());
    }
    encoder.close();
  }
}
