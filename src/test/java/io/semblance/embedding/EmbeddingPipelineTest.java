package io.semblance.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.NumericFormat;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageRejectedException.Reason;
import io.semblance.image.ImageSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbeddingPipelineTest {
  private static final int BATCH_SIZE_MAX = 8;
  private static final int STREAM_IMAGES_MAX = 16;
  private static final int INTERACTIVE_IMAGES_MAX = 4;
  private static final EmbeddingOptions OPTIONS = options(1 << 20);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private static EmbeddingOptions options(long encodedBytesMax) {
    return new EmbeddingOptions(
        BATCH_SIZE_MAX,
        Duration.ZERO,
        STREAM_IMAGES_MAX,
        INTERACTIVE_IMAGES_MAX,
        2,
        4,
        encodedBytesMax);
  }

  private EmbeddingPipeline pipeline(EmbeddingModel model) {
    return pipeline(model, OPTIONS);
  }

  private EmbeddingPipeline pipeline(EmbeddingModel model, EmbeddingOptions options) {
    ImageFetcher fetcher =
        new ImageFetcher(
            new FetchRules(
                Set.of("127.0.0.1", "[::1]", "localhost"), 1 << 20, Duration.ofSeconds(20), 1));
    opened.add(fetcher);
    EmbeddingPipeline pipeline =
        new EmbeddingPipeline(
            model, fetcher, new ImageDecoder(ImageLimits.DEFAULT, true), options, registry);
    opened.add(pipeline);
    return pipeline;
  }

  private double outcomes(String outcome) {
    return registry.get("semblance.embedding.images").tag("outcome", outcome).counter().count();
  }

  private static Throwable failure(CompletableFuture<ImageEmbedding> result) throws Exception {
    try {
      result.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it has an embedding");
  }

  @Test
  void shouldGiveEachImageItsOwnVectorHashAndSize() throws Exception {
    EmbeddingPipeline pipeline = pipeline(FakeModel.running());
    List<Integer> reds = new ArrayList<>();
    for (int red = 0; red < 200; red++) {
      reds.add(red);
    }
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Collections.shuffle(reds, new Random(seed));
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    for (int red : reds) {
      byte[] bytes = Pictures.png(red, 3 + red % 5, 4);
      results.add(pipeline.submit(new ImageSource.Inline(bytes), Lane.STREAM));
    }
    for (int i = 0; i < reds.size(); i++) {
      int red = reds.get(i);
      ImageEmbedding embedding = results.get(i).get(20, TimeUnit.SECONDS);
      assertThat(embedding.vector()).containsExactly(red, 2, 3);
      assertThat(embedding.width()).isEqualTo(3 + red % 5);
      assertThat(embedding.height()).isEqualTo(4);
      assertThat(embedding.lowInformation()).isTrue();
      assertThat(embedding.contentHash())
          .isEqualTo(
              HexFormat.of()
                  .formatHex(
                      MessageDigest.getInstance("SHA-256")
                          .digest(Pictures.png(red, 3 + red % 5, 4))));
    }
    assertThat(outcomes("embedded")).isEqualTo(200);
    assertThat(registry.get("semblance.embedding.in.flight").gauge().value()).isZero();
  }

  @Test
  void shouldFormBatchesOfWhateverIsReadyUpToTheMaximum() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    results.add(pipeline.submit(Pictures.source(0), Lane.STREAM));
    model.awaitHeld();
    for (int red = 1; red < 12; red++) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    awaitReady(11);
    model.release();
    for (CompletableFuture<ImageEmbedding> result : results) {
      result.get(20, TimeUnit.SECONDS);
    }
    assertThat(model.batches).extracting(List::size).containsExactly(1, BATCH_SIZE_MAX, 3);
    assertThat(registry.get("semblance.embedding.batch.fill").summary().totalAmount())
        .isEqualTo(12);
    assertThat(registry.get("semblance.embedding.queue.wait").timer().count()).isEqualTo(12);
    assertThat(registry.get("semblance.embedding.decode").timer().count()).isEqualTo(12);
    assertThat(registry.get("semblance.embedding.preprocess").timer().count()).isEqualTo(12);
    assertThat(registry.get("semblance.embedding.inference").timer().count()).isEqualTo(3);
  }

  private void awaitReady(int images) {
    await().until(() -> registry.get("semblance.embedding.batch.queue").gauge().value() == images);
  }

  @Test
  void shouldKeepEveryEmbeddingThreadWhenAnotherTakesItsBatchDuringTheDelay() throws Exception {
    FakeModel model = FakeModel.running(2);
    EmbeddingPipeline pipeline =
        pipeline(
            model,
            new EmbeddingOptions(
                BATCH_SIZE_MAX,
                Duration.ofMillis(300),
                STREAM_IMAGES_MAX,
                INTERACTIVE_IMAGES_MAX,
                2,
                4));
    // Each thread waits for more after one of the two; the first to end takes both.
    CompletableFuture<ImageEmbedding> one = pipeline.submit(Pictures.source(1), Lane.STREAM);
    CompletableFuture<ImageEmbedding> two = pipeline.submit(Pictures.source(2), Lane.STREAM);
    one.get(20, TimeUnit.SECONDS);
    two.get(20, TimeUnit.SECONDS);
    await("the other's delay to end").until(() -> !isAnyEmbeddingThreadInItsDelay());
    model.hold();
    int before = model.batches.size();
    pipeline.submit(Pictures.source(3), Lane.STREAM);
    await().until(() -> model.batches.size() == before + 1);
    pipeline.submit(Pictures.source(4), Lane.STREAM);
    await("the other thread's batch").until(() -> model.batches.size() == before + 2);
    model.release();
  }

  private static boolean isAnyEmbeddingThreadInItsDelay() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread ->
            thread.getName().startsWith("semblance-embed-")
                && thread.getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void shouldFailOnlyTheImageThatFailsItsBatch() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    CompletableFuture<ImageEmbedding> first = pipeline.submit(Pictures.source(0), Lane.STREAM);
    model.awaitHeld();
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    List<Integer> reds =
        List.of(1, 2, FakeModel.POISON, 4, FakeModel.NOT_FINITE, 6, FakeModel.FATAL, 8);
    for (int red : reds) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    awaitReady(reds.size());
    model.release();
    first.get(20, TimeUnit.SECONDS);
    for (int i = 0; i < reds.size(); i++) {
      int red = reds.get(i);
      if (red < FakeModel.POISON) {
        assertThat(results.get(i).get(20, TimeUnit.SECONDS).vector()[0]).isEqualTo(red);
      } else {
        assertThat(failure(results.get(i))).isInstanceOf(InferenceException.class);
      }
    }
    assertThat(model.batches.get(1)).as("they were one batch").hasSize(BATCH_SIZE_MAX);
    assertThat(failure(results.get(2))).hasMessage("poisoned");
    assertThat(failure(results.get(4))).hasMessageContaining("not finite");
    assertThat(failure(results.get(6))).hasMessageContaining("no such native");
    assertThat(outcomes("inference_failed")).isEqualTo(3);
    assertThat(pipeline.submit(Pictures.source(9), Lane.STREAM).get(20, TimeUnit.SECONDS).vector())
        .as("the pipeline goes on")
        .containsExactly(9, 2, 3);
  }

  @Test
  void shouldNameTheNumericFormatThatAPictureOverflows() throws Exception {
    FakeModel model = FakeModel.running();
    EmbeddingPipeline pipeline = pipeline(model);
    assertThat(failure(pipeline.submit(Pictures.source(FakeModel.NOT_FINITE), Lane.STREAM)))
        .hasMessageEndingWith("cannot be embedded by the model fake");
    model.format = NumericFormat.FLOAT16;
    assertThat(failure(pipeline.submit(Pictures.source(FakeModel.NOT_FINITE), Lane.STREAM)))
        .hasMessageContaining("in float16")
        .hasMessageContaining("set its numeric-format to float32");
  }

  @Test
  void shouldGiveTheEngineUpAfterFailuresInARowAndBlameNoImage() throws Exception {
    FakeModel model = FakeModel.running();
    EmbeddingPipeline pipeline = pipeline(model);
    model.broken = true;
    for (int i = 0; i < EngineHealth.FAILURES_MAX; i++) {
      assertThat(pipeline.failure()).as("after %d failures", i).isEmpty();
      assertThat(failure(pipeline.submit(Pictures.source(1), Lane.STREAM)))
          .isInstanceOf(EngineFailedException.class)
          .hasMessageContaining("the GPU has gone");
    }
    assertThat(pipeline.failure())
        .get()
        .asString()
        .contains("the GPU has gone", "restart this instance");
    model.broken = false;
    assertThat(failure(pipeline.submit(Pictures.source(1), Lane.STREAM)))
        .as("only a restart helps")
        .isInstanceOf(EngineFailedException.class);
    assertThat(outcomes("engine_failed")).isEqualTo(EngineHealth.FAILURES_MAX + 1);
  }

  @Test
  void shouldForgetTheEnginesFailuresOnceItWorks() throws Exception {
    FakeModel model = FakeModel.running();
    EmbeddingPipeline pipeline = pipeline(model);
    for (int round = 0; round < 2; round++) {
      model.broken = true;
      for (int i = 0; i < EngineHealth.FAILURES_MAX - 1; i++) {
        failure(pipeline.submit(Pictures.source(1), Lane.STREAM));
      }
      model.broken = false;
      pipeline.submit(Pictures.source(1), Lane.STREAM).get(20, TimeUnit.SECONDS);
    }
    assertThat(pipeline.failure()).isEmpty();
  }

  @Test
  void shouldBlameEachImageHoweverManyInARowAreBad() throws Exception {
    EmbeddingPipeline pipeline = pipeline(FakeModel.running());
    for (int i = 0; i < 3 * EngineHealth.FAILURES_MAX; i++) {
      int red = FakeModel.POISON + i % 3;
      assertThat(failure(pipeline.submit(Pictures.source(red), Lane.STREAM)))
          .isInstanceOf(InferenceException.class);
    }
    assertThat(pipeline.failure()).isEmpty();
  }

  @Test
  void shouldRejectABadImageAndEmbedItsNeighbours() throws Exception {
    EmbeddingPipeline pipeline = pipeline(FakeModel.running());
    byte[] cut = java.util.Arrays.copyOf(Pictures.png(7, 64, 64), 60);
    CompletableFuture<ImageEmbedding> good = pipeline.submit(Pictures.source(1), Lane.STREAM);
    CompletableFuture<ImageEmbedding> garbage =
        pipeline.submit(new ImageSource.Inline("no image".getBytes()), Lane.STREAM);
    CompletableFuture<ImageEmbedding> empty =
        pipeline.submit(new ImageSource.Inline(new byte[0]), Lane.STREAM);
    CompletableFuture<ImageEmbedding> truncated =
        pipeline.submit(new ImageSource.Inline(cut), Lane.STREAM);
    CompletableFuture<ImageEmbedding> other = pipeline.submit(Pictures.source(2), Lane.STREAM);
    assertThat(good.get(20, TimeUnit.SECONDS).vector()[0]).isEqualTo(1);
    assertThat(other.get(20, TimeUnit.SECONDS).vector()[0]).isEqualTo(2);
    assertThat(reason(garbage)).isEqualTo(Reason.UNSUPPORTED_FORMAT);
    assertThat(reason(empty)).isEqualTo(Reason.EMPTY);
    assertThat(reason(truncated)).isEqualTo(Reason.CORRUPT);
    assertThat(outcomes("unsupported_format")).isEqualTo(1);
    assertThat(outcomes("corrupt")).isEqualTo(1);
  }

  private static Reason reason(CompletableFuture<ImageEmbedding> result) throws Exception {
    return ((ImageRejectedException) failure(result)).reason();
  }

  @Test
  void shouldServeSearchesAheadOfTheStream() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    results.add(pipeline.submit(Pictures.source(0), Lane.STREAM));
    model.awaitHeld();
    for (int red = 1; red <= 10; red++) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    awaitReady(10);
    results.add(pipeline.submitInteractive(Pictures.source(200)));
    results.add(pipeline.submit(Pictures.source(201), Lane.INTERACTIVE));
    awaitReady(12);
    model.release();
    for (CompletableFuture<ImageEmbedding> result : results) {
      result.get(20, TimeUnit.SECONDS);
    }
    assertThat(model.batches.get(1)).hasSize(BATCH_SIZE_MAX);
    assertThat(model.batches.get(1).subList(0, 2)).containsExactlyInAnyOrder(200, 201);
  }

  @Test
  void shouldRefuseSearchesAndHoldUploadsBackWhenTheirLaneIsFull() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    List<CompletableFuture<ImageEmbedding>> results = new ArrayList<>();
    for (int red = 0; red < STREAM_IMAGES_MAX; red++) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    for (int red = 0; red < INTERACTIVE_IMAGES_MAX; red++) {
      results.add(pipeline.submit(Pictures.source(100 + red), Lane.INTERACTIVE));
    }
    assertThat(pipeline.trySubmit(Pictures.source(1), Lane.STREAM)).isEmpty();
    assertThat(pipeline.trySubmit(Pictures.source(1), Lane.STREAM, Duration.ofMillis(20)))
        .isEmpty();
    assertThatThrownBy(() -> pipeline.submit(Pictures.source(1), Lane.INTERACTIVE))
        .isInstanceOfSatisfying(
            PipelineFullException.class, full -> assertThat(full.retryAfter()).isPositive())
        .hasMessageContaining("interactive-images-max = 4");
    assertThat(outcomes("refused")).isEqualTo(1);
    CountDownLatch submitted = new CountDownLatch(1);
    Thread uploader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                pipeline.submit(Pictures.source(1), Lane.STREAM).join();
                submitted.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> uploader.getState() == Thread.State.TIMED_WAITING);
    assertThat(submitted.getCount()).isEqualTo(1);
    model.release();
    assertThat(submitted.await(20, TimeUnit.SECONDS)).isTrue();
    for (CompletableFuture<ImageEmbedding> result : results) {
      result.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldBoundTheBytesThatWaitForDecoding() throws Exception {
    FakeModel model = FakeModel.running();
    EmbeddingPipeline pipeline = pipeline(model, options(64 << 10));
    CountDownLatch decoding = model.holdDecoding();
    pipeline.submit(Pictures.source(0), Lane.STREAM);
    pipeline.submit(Pictures.source(1), Lane.STREAM);
    await().until(() -> registry.get("semblance.embedding.decode.queue").gauge().value() == 0);
    byte[] noise = new byte[40_000];
    assertThat(pipeline.trySubmit(new ImageSource.Inline(noise), Lane.STREAM)).isPresent();
    assertThat(pipeline.trySubmit(new ImageSource.Inline(noise), Lane.STREAM))
        .as("80 kB do not fit into 64 KiB")
        .isEmpty();
    assertThat(pipeline.trySubmit(new ImageSource.Inline(noise), Lane.INTERACTIVE))
        .as("the lanes have room of their own")
        .isPresent();
    decoding.countDown();
    assertThat(
            pipeline.trySubmit(
                new ImageSource.Inline(new byte[200_000]), Lane.STREAM, Duration.ofSeconds(20)))
        .as("more than all the room is let in alone")
        .isPresent();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldFailWhatIsPendingAndWhatComesLaterWhenClosed() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    CompletableFuture<ImageEmbedding> running = pipeline.submit(Pictures.source(0), Lane.STREAM);
    model.awaitHeld();
    CompletableFuture<ImageEmbedding> waiting = pipeline.submit(Pictures.source(1), Lane.STREAM);
    awaitReady(1);
    Thread closer = Thread.ofVirtual().start(pipeline::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    model.release();
    closer.join();
    assertThat(running.get(1, TimeUnit.SECONDS).vector()[0]).as("the batch at hand ends").isZero();
    assertThat(failure(waiting)).isInstanceOf(PipelineClosedException.class);
    assertThat(failure(pipeline.submit(Pictures.source(2), Lane.STREAM)))
        .isInstanceOf(PipelineClosedException.class);
    assertThat(failure(pipeline.submit(remote(1), Lane.STREAM)))
        .isInstanceOf(PipelineClosedException.class);
  }

  @Test
  void shouldLetAWaitingUploaderGoWhenClosed() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model, options(1 << 10));
    pipeline.submit(Pictures.source(0), Lane.STREAM);
    for (int red = 1; red < STREAM_IMAGES_MAX; red++) {
      pipeline.submit(Pictures.source(red), Lane.STREAM);
    }
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread uploader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                outcome.complete(failure(pipeline.submit(Pictures.source(1), Lane.STREAM)));
              } catch (Exception e) {
                outcome.completeExceptionally(e);
              }
            });
    await().until(() -> uploader.getState() == Thread.State.TIMED_WAITING);
    Thread closer = Thread.ofVirtual().start(pipeline::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    model.release();
    closer.join();
    assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(PipelineClosedException.class);
  }

  private static ImageSource remote(int port) {
    return new ImageSource.Remote(URI.create("http://127.0.0.1:" + port + "/picture.png"));
  }

  /** Returns a server that answers every request with a picture once {@code answering} is down. */
  private static HttpServer server(CountDownLatch answering) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          awaitQuietly(answering);
          byte[] png = Pictures.png(42);
          exchange.sendResponseHeaders(200, png.length);
          exchange.getResponseBody().write(png);
          exchange.close();
        });
    server.start();
    return server;
  }

  @Test
  void shouldNotBlameAReferenceWhoseFetchTheCloseBreaksOff() throws Exception {
    CountDownLatch requested = new CountDownLatch(1);
    CountDownLatch stalled = new CountDownLatch(1);
    HttpServer server = server(stalled);
    server.createContext(
        "/requested",
        exchange -> {
          requested.countDown();
          awaitQuietly(stalled);
          exchange.close();
        });
    try {
      FakeModel model = FakeModel.held();
      EmbeddingPipeline pipeline = pipeline(model);
      pipeline.submit(Pictures.source(1), Lane.STREAM);
      model.awaitHeld();
      URI uri =
          URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/requested/a.png");
      CompletableFuture<ImageEmbedding> result =
          pipeline.submit(new ImageSource.Remote(uri), Lane.STREAM);
      requested.await();
      Thread closer = Thread.ofPlatform().start(pipeline::close); // waits for the batch
      assertThat(failure(result)).isInstanceOf(PipelineClosedException.class);
      model.release();
      closer.join();
      assertThat(outcomes("closed")).isEqualTo(1);
    } finally {
      stalled.countDown();
      server.stop(0);
    }
  }

  @Test
  void shouldFetchReferencesWithoutHoldingUpBytesAtHand() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    HttpServer server = server(stalled);
    try {
      EmbeddingPipeline pipeline = pipeline(FakeModel.running());
      ImageSource source = remote(server.getAddress().getPort());
      List<CompletableFuture<ImageEmbedding>> remotes = new ArrayList<>();
      for (int i = 0; i < 6; i++) { // more than are fetched at a time
        remotes.add(pipeline.submit(source, Lane.STREAM));
      }
      assertThat(
              pipeline.submit(Pictures.source(5), Lane.STREAM).get(20, TimeUnit.SECONDS).vector())
          .containsExactly(5, 2, 3);
      assertThat(remotes).noneMatch(CompletableFuture::isDone);
      stalled.countDown();
      for (CompletableFuture<ImageEmbedding> one : remotes) {
        assertThat(one.get(20, TimeUnit.SECONDS).vector()).containsExactly(42, 2, 3);
      }
      assertThat(registry.get("semblance.embedding.fetch").timer().count()).isEqualTo(6);
    } finally {
      stalled.countDown();
      server.stop(0);
    }
  }

  @Test
  void shouldLeaveSlotsToOtherHostsWhileOneAnswersSlowly() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    HttpServer slow = server(stalled);
    HttpServer quick = server(new CountDownLatch(0));
    try {
      EmbeddingPipeline pipeline = pipeline(FakeModel.running());
      List<EmbeddingResult> slows = new ArrayList<>();
      for (int i = 0; i < 6; i++) { // more than are fetched at a time
        slows.add(pipeline.submit(remote(slow.getAddress().getPort()), Lane.STREAM));
      }
      URI uri = URI.create("http://localhost:" + quick.getAddress().getPort() + "/picture.png");
      assertThat(
              pipeline
                  .submit(new ImageSource.Remote(uri), Lane.STREAM)
                  .get(10, TimeUnit.SECONDS)
                  .vector())
          .containsExactly(42, 2, 3);
      assertThat(slows).noneMatch(CompletableFuture::isDone);
    } finally {
      stalled.countDown();
      slow.stop(0);
      quick.stop(0);
    }
  }

  @Test
  void shouldCountAnImagesOwnTimeAndNotItsTimeInQueues() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    HttpServer server = server(stalled);
    try {
      EmbeddingPipeline pipeline = pipeline(FakeModel.running());
      List<EmbeddingResult> results = new ArrayList<>();
      for (int i = 0; i < 3; i++) { // two slots for one host
        results.add(pipeline.submit(remote(server.getAddress().getPort()), Lane.STREAM));
      }
      await()
          .until(() ->
              results.stream().filter(result -> result.ownTime().toMillis() > 100).count() == 2);
      assertThat(results).filteredOn(result -> result.ownTime().isZero()).hasSize(1);
      stalled.countDown();
      for (EmbeddingResult result : results) {
        result.get(20, TimeUnit.SECONDS);
        Duration total = result.ownTime();
        assertThat(result.ownTime()).as("the clock stands").isEqualTo(total).isPositive();
      }
    } finally {
      stalled.countDown();
      server.stop(0);
    }
  }

  @Test
  void shouldGiveEverythingBackOfAnAbandonedImage() throws Exception {
    FakeModel model = FakeModel.held();
    EmbeddingPipeline pipeline = pipeline(model);
    pipeline.submit(Pictures.source(0), Lane.STREAM);
    model.awaitHeld();
    List<EmbeddingResult> results = new ArrayList<>();
    for (int red = 1; red < STREAM_IMAGES_MAX; red++) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    assertThat(pipeline.trySubmit(Pictures.source(100), Lane.STREAM)).isEmpty();
    results.forEach(EmbeddingResult::abandon);
    CompletableFuture<ImageEmbedding> next = pipeline.submit(Pictures.source(100), Lane.STREAM);
    model.release();
    next.get(20, TimeUnit.SECONDS);
    assertThat(model.batches).containsExactly(List.of(0), List.of(100));
    assertThat(outcomes("abandoned")).isEqualTo(STREAM_IMAGES_MAX - 1);
  }

  @Test
  void shouldRejectAReferenceThatMayNotBeFetched() throws Exception {
    EmbeddingPipeline pipeline = pipeline(FakeModel.running());
    CompletableFuture<ImageEmbedding> result =
        pipeline.submit(
            new ImageSource.Remote(URI.create("http://10.0.0.1:1/secret")), Lane.STREAM);
    assertThat(reason(result)).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(outcomes("reference_forbidden")).isEqualTo(1);
  }
}
