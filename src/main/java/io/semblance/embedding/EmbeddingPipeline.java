package io.semblance.embedding;

import io.micrometer.core.instrument.MeterRegistry;
import io.semblance.embedding.PendingImage.Fetched;
import io.semblance.embedding.PendingImage.Vectors;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns images into vectors, many at a time: fetch, decode, preprocess, and one forward pass for
 * whatever is ready, across all callers.
 *
 * <pre>
 *   submit ─► fetch (virtual threads) ─► decode once, preprocess for each model (a pool) ─► batches
 *        └──────── bytes at hand ───────►                          of each model (a thread a pass)
 * </pre>
 *
 * <p>An image is embedded by all models or by none. Every image has a result of its own: a
 * rejection or a failure of one is no other's. Searches go ahead of uploads in every queue. The
 * number of images between submission and result, and the bytes of those not yet decoded, are
 * bounded for each lane, and with them every queue; the decoder bounds the bytes of decoded pixels.
 * Safe for use by several threads.
 */
public final class EmbeddingPipeline implements AutoCloseable {
  /** Longest wait for the threads to end. */
  static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  private static final Logger LOG = System.getLogger(EmbeddingPipeline.class.getName());

  /** After which a wait without a limit is begun anew. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final List<ModelEmbedder> models;
  private final ImageFetcher fetcher;
  private final ImageDecoder decoder;
  private final EmbeddingOptions options;
  private final EngineHealth decoding = new EngineHealth();
  private final EmbeddingMetrics metrics;
  private final LaneBudget stream;
  private final LaneBudget interactive;
  private final FetchSlots fetches;
  private final TransactionWaits waits = new TransactionWaits();
  private final ExecutorService fetching = Executors.newVirtualThreadPerTaskExecutor();
  private final LaneQueue<Fetched> toDecode = new LaneQueue<>();
  private final Set<PendingImage> pending = ConcurrentHashMap.newKeySet();
  private final WorkerThreads threads = new WorkerThreads();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean closed;

  /**
   * Starts the pipeline's threads. The models, the fetcher and the decoder stay the caller's.
   *
   * @param models that embed every upload, each by a name of its own; those with a text tower embed
   *     uploads that are texts
   * @param registry receives the meters {@code semblance.embedding.*}
   */
  public EmbeddingPipeline(
      List<LoadedModel> models,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      EmbeddingOptions options,
      MeterRegistry registry) {
    this.fetcher = fetcher;
    this.decoder = decoder;
    this.options = options;
    metrics = new EmbeddingMetrics(registry, pending::size, toDecode::size);
    stream = new LaneBudget(options.streamImagesMax(), options.encodedBytesMax());
    interactive = new LaneBudget(options.interactiveImagesMax(), options.encodedBytesMax());
    fetches = new FetchSlots(options.fetchesMax());
    this.models =
        models.stream().map(model -> new ModelEmbedder(model, options, registry)).toList();
    this.models.forEach(model -> model.start(threads));
    for (int i = 0; i < options.decodingThreads(); i++) {
      threads.start("decode-" + i, decoding, this::decodeUntilClosed);
    }
  }

  /** Starts a pipeline of one model for matching, which refuses texts. */
  public EmbeddingPipeline(
      EmbeddingModel model,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      EmbeddingOptions options,
      MeterRegistry registry) {
    this(
        List.of(new LoadedModel(LoadedModel.MATCHING, model, Optional.empty())),
        fetcher,
        decoder,
        options,
        registry);
  }

  /**
   * Submits an image to all models: an upload waits while its lane is full, a search is refused.
   *
   * @return completes with the embedding, or exceptionally: with an {@link ImageRejectedException}
   *     or an {@code InferenceException} by the image's fault, with a {@link
   *     PipelineClosedException} or an {@link EngineFailedException} by this instance's
   * @throws PipelineFullException if {@code lane} is the interactive one and full
   * @throws InterruptedException if interrupted while waiting for a place
   */
  public EmbeddingResult submit(ImageSource source, Lane lane) throws InterruptedException {
    if (lane == Lane.INTERACTIVE) {
      return submitInteractive(source);
    }
    while (true) {
      Optional<EmbeddingResult> result = trySubmit(source, lane, PATIENCE);
      if (result.isPresent()) {
        return result.get();
      }
    }
  }

  /**
   * Submits an image to all models, waiting for a place for at most {@code timeLimit}.
   *
   * @return the result as of {@link #submit}; empty if there was no place in time
   */
  public Optional<EmbeddingResult> trySubmit(ImageSource source, Lane lane, Duration timeLimit)
      throws InterruptedException {
    return trySubmit(source, lane, models, timeLimit);
  }

  private Optional<EmbeddingResult> trySubmit(
      ImageSource source, Lane lane, List<ModelEmbedder> wanted, Duration timeLimit)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    LaneBudget budget = budget(lane);
    if (!budget.acquireImage(timeLimit.toNanos())) {
      return Optional.empty();
    }
    PendingImage image = new PendingImage(lane, wanted, budget);
    boolean begun = false;
    try {
      if (source instanceof ImageSource.Inline inline) {
        if (!budget.acquireBytes(
            inline.bytes().length, Math.max(0, deadline - System.nanoTime()))) {
          return Optional.empty();
        }
        image.holdsBytes(inline.bytes().length);
      }
      begun = true;
    } finally {
      if (!begun) {
        image.release();
      }
    }
    return Optional.of(begin(image, source));
  }

  /** Submits an image to all models if its lane has a place, and does not wait for one. */
  public Optional<EmbeddingResult> trySubmit(ImageSource source, Lane lane) {
    return trySubmitNow(source, lane, models);
  }

  private Optional<EmbeddingResult> trySubmitNow(
      ImageSource source, Lane lane, List<ModelEmbedder> wanted) {
    try {
      return trySubmit(source, lane, wanted, Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Submits a search's image to all models.
   *
   * @throws PipelineFullException if too many searches are waiting
   */
  public EmbeddingResult submitInteractive(ImageSource source) {
    return submitInteractive(source, models);
  }

  /**
   * Submits a search's image to one model.
   *
   * @param model the model's name
   * @throws IllegalArgumentException if there is no model of that name
   * @throws PipelineFullException if too many searches are waiting
   */
  public EmbeddingResult submitInteractive(ImageSource source, String model) {
    List<ModelEmbedder> wanted = models.stream().filter(one -> one.name().equals(model)).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("there is no model \"%s\"".formatted(model));
    }
    return submitInteractive(source, wanted);
  }

  private EmbeddingResult submitInteractive(ImageSource source, List<ModelEmbedder> wanted) {
    return trySubmitNow(source, Lane.INTERACTIVE, wanted)
        .orElseThrow(() -> {
          metrics.images.refused();
          return new PipelineFullException(options);
        });
  }

  /**
   * Returns why this pipeline embeds no more images although it is not closed; then only a restart
   * helps.
   */
  public Optional<EngineFailedException> failure() {
    return failure(models);
  }

  private Optional<EngineFailedException> failure(List<ModelEmbedder> wanted) {
    return Stream.concat(
            decoding.failure().stream(), wanted.stream().flatMap(one -> one.failure().stream()))
        .findFirst();
  }

  /** Waits until this pipeline is being closed, for at most {@code timeLimit}. */
  void awaitClosing(Duration timeLimit) throws InterruptedException {
    closing.await(timeLimit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns how long stream threads have waited for this pipeline in their transactions. */
  TransactionWaits waits() {
    return waits;
  }

  private LaneBudget budget(Lane lane) {
    return lane == Lane.STREAM ? stream : interactive;
  }

  private EmbeddingResult begin(PendingImage image, ImageSource source) {
    pending.add(image);
    EmbeddingResult finished = new EmbeddingResult(image);
    EmbeddingMetrics.Outcomes outcomes =
        source instanceof ImageSource.Text ? metrics.uploadedTexts : metrics.images;
    image.result.whenComplete(
        (embedding, failure) -> finish(image, embedding, failure, finished, outcomes));
    Optional<EngineFailedException> givenUp = failure(image.models);
    if (closed || givenUp.isPresent()) {
      image.result.completeExceptionally(
          closed ? new PipelineClosedException() : givenUp.orElseThrow());
      return finished;
    }
    switch (source) {
      case ImageSource.Inline inline -> decodeLater(new Fetched(image, inline.bytes()));
      case ImageSource.Remote remote -> fetchLater(image, remote);
      case ImageSource.Text text -> UploadedTexts.embed(image, text.bytes());
    }
    return finished;
  }

  private void finish(
      PendingImage image,
      @Nullable ImageEmbedding embedding,
      @Nullable Throwable failure,
      EmbeddingResult finished,
      EmbeddingMetrics.Outcomes outcomes) {
    pending.remove(image);
    image.release();
    if (failure == null) {
      outcomes.embedded();
      finished.complete(embedding);
      return;
    }
    // Closing breaks fetches off, and no image is at fault for that.
    Throwable cause =
        closed && !(failure instanceof PipelineClosedException)
            ? new PipelineClosedException(failure)
            : failure;
    outcomes.failed(cause);
    finished.completeExceptionally(cause);
  }

  private void fetchLater(PendingImage image, ImageSource.Remote remote) {
    try {
      fetching.execute(() -> fetch(image, remote));
    } catch (RejectedExecutionException e) { // closed in between
      image.result.completeExceptionally(new PipelineClosedException());
    }
  }

  private void fetch(PendingImage image, ImageSource.Remote remote) {
    try {
      byte[] bytes = fetch(remote.uri(), image);
      while (!budget(image.lane).acquireBytes(bytes.length, PATIENCE.toNanos())) {
        LOG.log(Level.DEBUG, "waiting for room to decode {0}", remote.uri());
      }
      image.holdsBytes(bytes.length);
      decodeLater(new Fetched(image, bytes));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      image.result.completeExceptionally(new PipelineClosedException());
    } catch (Throwable e) { // whatever it is, it is this image's alone
      image.result.completeExceptionally(e);
    }
  }

  private byte[] fetch(URI uri, PendingImage image)
      throws InterruptedException, ImageRejectedException {
    String host = Objects.requireNonNullElse(uri.getHost(), "");
    fetches.acquire(host);
    try {
      if (image.result.isDone()) {
        throw new CancellationException("abandoned while it waited for its fetch");
      }
      image.startClock();
      long started = System.nanoTime();
      byte[] bytes = fetcher.fetch(uri);
      metrics.fetch.record(Duration.ofNanos(System.nanoTime() - started));
      return bytes;
    } finally {
      image.stopClock();
      fetches.release(host);
    }
  }

  private void decodeLater(Fetched fetched) {
    if (!toDecode.add(fetched.image().lane, fetched)) {
      fetched.image().result.completeExceptionally(new PipelineClosedException());
    }
  }

  private void decodeUntilClosed() throws InterruptedException {
    for (Fetched next = toDecode.take(); next != null; next = toDecode.take()) {
      Fetched fetched = next;
      PendingImage image = fetched.image();
      if (image.result.isDone()) { // abandoned
        continue;
      }
      image.startClock();
      try {
        Prepared prepared = prepare(fetched);
        image.releaseBytes();
        image.stopClock(); // before another thread can give the image its result
        Vectors vectors = new Vectors(image, prepared.content(), image.models.size());
        for (int i = 0; i < image.models.size(); i++) {
          image.models.get(i).embed(vectors, prepared.inputs().get(i));
        }
      } catch (Throwable e) { // also an error, such as out of memory, is this image's alone
        image.result.completeExceptionally(e);
      } finally {
        image.stopClock();
      }
    }
  }

  /** A decoded image: what it is, and an input for each of its models, in their order. */
  private record Prepared(ImageContent content, List<FloatBuffer> inputs) {}

  /** Decodes an image, once for all models. */
  private Prepared prepare(Fetched fetched) throws ImageRejectedException {
    long started = System.nanoTime();
    return decoder.decode(
        fetched.bytes(),
        picture -> {
          metrics.decode.record(Duration.ofNanos(System.nanoTime() - started));
          List<FloatBuffer> inputs =
              fetched.image().models.stream().map(model -> model.input(picture)).toList();
          return new Prepared(ImageContent.of(fetched.bytes(), picture), inputs);
        });
  }

  /**
   * Ends the threads after the batch they are at; images without a result fail, with {@link
   * PipelineClosedException} whatever it was that failed them. Returns after {@link
   * #CLOSE_TIME_LIMIT} at the latest.
   */
  @Override
  public void close() {
    closed = true;
    closing.countDown();
    toDecode.close();
    models.forEach(ModelEmbedder::close);
    fetching.shutdownNow();
    threads.awaitEnd(CLOSE_TIME_LIMIT);
    for (PendingImage image : List.copyOf(pending)) {
      image.result.completeExceptionally(new PipelineClosedException());
    }
  }
}
