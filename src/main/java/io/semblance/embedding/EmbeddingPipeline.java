package io.semblance.embedding;

import io.micrometer.core.instrument.MeterRegistry;
import io.semblance.embedding.PendingImage.Fetched;
import io.semblance.embedding.PendingImage.Ready;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageSource;
import io.semblance.image.InformationContent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
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
import org.jspecify.annotations.Nullable;

/**
 * Turns images into vectors, many at a time: fetch, decode, preprocess, and one forward pass for
 * whatever is ready, across all callers.
 *
 * <pre>
 *   submit ─► fetch (virtual threads) ─► decode, preprocess (a pool) ─► batch (one thread a pass)
 *        └──────── bytes at hand ───────►
 * </pre>
 *
 * <p>Every image has a result of its own: a rejection or a failure of one is no other's. Searches
 * go ahead of uploads in every queue. The number of images between submission and result, and the
 * bytes of those not yet decoded, are bounded for each lane, and with them every queue; the decoder
 * bounds the bytes of decoded pixels. Safe for use by several threads.
 */
public final class EmbeddingPipeline implements AutoCloseable {
  /** Longest wait for the threads to end. */
  static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  private static final Logger LOG = System.getLogger(EmbeddingPipeline.class.getName());

  /** After which a wait without a limit is begun anew. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final EmbeddingModel model;
  private final ImageFetcher fetcher;
  private final ImageDecoder decoder;
  private final ImagePreprocessor preprocessor;
  private final UploadedTexts texts;
  private final EmbeddingOptions options;
  private final EngineHealth health = new EngineHealth();
  private final EmbeddingMetrics metrics;
  private final LaneBudget stream;
  private final LaneBudget interactive;
  private final FetchSlots fetches;
  private final TransactionWaits waits = new TransactionWaits();
  private final ExecutorService fetching = Executors.newVirtualThreadPerTaskExecutor();
  private final LaneQueue<Fetched> toDecode = new LaneQueue<>();
  private final LaneQueue<Ready> ready = new LaneQueue<>();
  private final Set<PendingImage> pending = ConcurrentHashMap.newKeySet();
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean closed;

  /**
   * Starts the pipeline's threads. The model, the fetcher, the decoder and the pipeline of texts
   * stay the caller's.
   *
   * @param texts embeds uploads that are texts; empty refuses them
   * @param registry receives the meters {@code semblance.embedding.*}
   */
  public EmbeddingPipeline(
      EmbeddingModel model,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      Optional<TextPipeline> texts,
      EmbeddingOptions options,
      MeterRegistry registry) {
    this.model = model;
    this.texts = new UploadedTexts(texts, model.description());
    this.fetcher = fetcher;
    this.decoder = decoder;
    this.options = options;
    preprocessor = new ImagePreprocessor(model.recipe());
    metrics = new EmbeddingMetrics(registry, pending::size, toDecode::size, ready::size);
    stream = new LaneBudget(options.streamImagesMax(), options.encodedBytesMax());
    interactive = new LaneBudget(options.interactiveImagesMax(), options.encodedBytesMax());
    fetches = new FetchSlots(options.fetchesMax());
    for (int i = 0; i < options.decodingThreads(); i++) {
      start("decode-" + i, this::decodeUntilClosed);
    }
    for (int i = 0; i < model.concurrency(); i++) {
      BatchRunner runner = new BatchRunner(model, options.batchSizeMax(), health, metrics);
      start("embed-" + i, () -> embedUntilClosed(runner));
    }
  }

  /** Starts a pipeline that refuses texts. */
  public EmbeddingPipeline(
      EmbeddingModel model,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      EmbeddingOptions options,
      MeterRegistry registry) {
    this(model, fetcher, decoder, Optional.empty(), options, registry);
  }

  /**
   * Submits an image: an upload waits while its lane is full, a search is refused.
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
   * Submits an image, waiting for a place for at most {@code timeLimit}.
   *
   * @return the result as of {@link #submit}; empty if there was no place in time
   */
  public Optional<EmbeddingResult> trySubmit(ImageSource source, Lane lane, Duration timeLimit)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    LaneBudget budget = budget(lane);
    if (!budget.acquireImage(timeLimit.toNanos())) {
      return Optional.empty();
    }
    PendingImage image = new PendingImage(lane, budget);
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

  /** Submits an image if its lane has a place, and does not wait for one. */
  public Optional<EmbeddingResult> trySubmit(ImageSource source, Lane lane) {
    try {
      return trySubmit(source, lane, Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Submits a search's image.
   *
   * @throws PipelineFullException if too many searches are waiting
   */
  public EmbeddingResult submitInteractive(ImageSource source) {
    return trySubmit(source, Lane.INTERACTIVE)
        .orElseThrow(() -> {
          metrics.refused();
          return new PipelineFullException(options);
        });
  }

  /**
   * Returns why this pipeline embeds no more images although it is not closed; then only a restart
   * helps.
   */
  public Optional<EngineFailedException> failure() {
    return health.failure();
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
    image.result.whenComplete((embedding, failure) -> finish(image, embedding, failure, finished));
    Optional<EngineFailedException> givenUp = health.failure();
    if (closed || givenUp.isPresent()) {
      image.result.completeExceptionally(
          closed ? new PipelineClosedException() : givenUp.orElseThrow());
      return finished;
    }
    switch (source) {
      case ImageSource.Inline inline -> decodeLater(new Fetched(image, inline.bytes()));
      case ImageSource.Remote remote -> fetchLater(image, remote);
      case ImageSource.Text text -> texts.embed(image, text.bytes());
    }
    return finished;
  }

  private void finish(
      PendingImage image,
      @Nullable ImageEmbedding embedding,
      @Nullable Throwable failure,
      EmbeddingResult finished) {
    pending.remove(image);
    image.release();
    if (failure == null) {
      metrics.embedded();
      finished.complete(embedding);
      return;
    }
    // Closing breaks fetches off, and no image is at fault for that.
    Throwable cause =
        closed && !(failure instanceof PipelineClosedException)
            ? new PipelineClosedException(failure)
            : failure;
    metrics.failed(cause);
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
        Ready prepared = prepare(fetched);
        image.releaseBytes();
        image.stopClock(); // before another thread can give the image its result
        if (!ready.add(image.lane, prepared)) {
          image.result.completeExceptionally(new PipelineClosedException());
        }
      } catch (Throwable e) { // also an error, such as out of memory, is this image's alone
        image.result.completeExceptionally(e);
      } finally {
        image.stopClock();
      }
    }
  }

  private Ready prepare(Fetched fetched) throws ImageRejectedException {
    long started = System.nanoTime();
    return decoder.decode(
        fetched.bytes(),
        picture -> {
          long decoded = System.nanoTime();
          metrics.decode.record(Duration.ofNanos(decoded - started));
          FloatBuffer input = FloatBuffer.allocate(model.recipe().samples());
          preprocessor.preprocess(picture, input, 0);
          boolean lowInformation = InformationContent.isLow(picture);
          metrics.preprocess.record(Duration.ofNanos(System.nanoTime() - decoded));
          return Ready.of(
              fetched.image(), input, ContentHash.of(fetched.bytes()), picture, lowInformation);
        });
  }

  private void embedUntilClosed(BatchRunner runner) throws InterruptedException {
    while (true) {
      List<Ready> batch = ready.take(options.batchSizeMax(), options.batchDelayMax().toNanos());
      if (batch.isEmpty()) {
        return;
      }
      batch.removeIf(Ready::isAbandoned);
      if (batch.isEmpty()) {
        continue;
      }
      long now = System.nanoTime();
      batch.forEach(image -> metrics.queueWait.record(Duration.ofNanos(now - image.readyNanos())));
      runner.run(batch);
    }
  }

  @FunctionalInterface
  private interface Loop {
    void run() throws InterruptedException;
  }

  private void start(String name, Loop loop) {
    threads.add(
        Thread.ofPlatform()
            .name("semblance-" + name)
            .daemon()
            .start(() -> {
              try {
                loop.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Throwable e) {
                LOG.log(Level.ERROR, "The pipeline's thread {0} failed: {1}", name, e);
                health.giveUp("the pipeline's thread %s failed: %s".formatted(name, e), e);
                throw e;
              }
            }));
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
    ready.close();
    fetching.shutdownNow();
    long deadline = System.nanoTime() + CLOSE_TIME_LIMIT.toNanos();
    try {
      for (Thread thread : threads) {
        Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
        if (!thread.join(left)) {
          LOG.log(Level.WARNING, "{0} has not ended within {1}", thread, CLOSE_TIME_LIMIT);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (PendingImage image : List.copyOf(pending)) {
      image.result.completeExceptionally(new PipelineClosedException());
    }
  }
}
