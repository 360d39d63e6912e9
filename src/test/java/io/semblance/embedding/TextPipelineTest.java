package io.semblance.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.model.InferenceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TextPipelineTest {
  private static final int BATCH_SIZE_MAX = 4;
  private static final int TEXTS_MAX = 8;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private FakeTextEncoder encoder = FakeTextEncoder.running();
  private @Nullable TextPipeline pipeline;

  private TextPipeline pipeline(FakeTextEncoder used) {
    encoder = used;
    pipeline =
        new TextPipeline(
            LoadedModel.MATCHING,
            used,
            new TextOptions(BATCH_SIZE_MAX, Duration.ZERO, TEXTS_MAX, 10),
            registry);
    return pipeline;
  }

  @AfterEach
  void close() {
    encoder.release();
    if (pipeline != null) {
      pipeline.close();
    }
  }

  private static List<float[]> get(CompletableFuture<List<float[]>> result) throws Exception {
    return result.get(20, TimeUnit.SECONDS);
  }

  @Test
  void shouldEmbedTextsInTheirOrder() throws Exception {
    List<float[]> vectors =
        get(pipeline(encoder).submitInteractive(List.of("a", "four", "bb", "ccc", "fives")));
    assertThat(vectors).extracting(vector -> vector[0]).containsExactly(1f, 4f, 2f, 3f, 5f);
  }

  @Test
  void shouldBatchTheTextsOfConcurrentSearches() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> first = texts.submitInteractive(List.of("first"));
    encoder.held.await();
    CompletableFuture<List<float[]>> second = texts.submitInteractive(List.of("a", "b"));
    CompletableFuture<List<float[]>> third = texts.submitInteractive(List.of("c", "d", "e"));
    encoder.release();

    assertThat(get(first)).hasSize(1);
    assertThat(get(second)).hasSize(2);
    assertThat(get(third)).hasSize(3);
    assertThat(encoder.batches)
        .containsExactly(List.of("first"), List.of("a", "b", "c", "d"), List.of("e"));
  }

  @Test
  void shouldFailNoSearchBesideTheOneWhoseTextFails() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> first = texts.submitInteractive(List.of("first"));
    encoder.held.await();
    CompletableFuture<List<float[]>> poisoned =
        texts.submitInteractive(List.of(FakeTextEncoder.POISON));
    CompletableFuture<List<float[]>> notFinite =
        texts.submitInteractive(List.of(FakeTextEncoder.NOT_FINITE));
    CompletableFuture<List<float[]>> healthy = texts.submitInteractive(List.of("healthy"));
    encoder.release();

    assertThat(get(first)).hasSize(1);
    assertThat(get(healthy).getFirst()).containsExactly(7);
    assertThatThrownBy(() -> get(poisoned))
        .hasCauseInstanceOf(InferenceException.class)
        .hasMessageContaining("poisoned");
    assertThatThrownBy(() -> get(notFinite))
        .hasCauseInstanceOf(InferenceException.class)
        .hasMessageContaining("not finite");
  }

  @Test
  void shouldRefuseTextsBeyondItsPlacesAllOrNone() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> most = texts.submitInteractive(List.of("a", "b", "c", "d"));
    List<String> five = List.of("1", "2", "3", "4", "5");
    assertThatThrownBy(() -> texts.submitInteractive(five))
        .isInstanceOf(PipelineFullException.class)
        .hasMessageContaining("semblance.embedding.interactive-texts-max = 8")
        .hasMessageContaining("5 more");
    encoder.release();
    assertThat(get(most)).hasSize(4);
    assertThat(get(texts.submitInteractive(five))).hasSize(5);
  }

  @Test
  void shouldGiveBackThePlacesOfWhatIsGivenUp() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> first = texts.submitInteractive(List.of("first"));
    encoder.held.await();
    CompletableFuture<List<float[]>> given =
        texts.submitInteractive(List.of("1", "2", "3", "4", "5", "6", "7"));
    given.cancel(false);
    CompletableFuture<List<float[]>> next = texts.submitInteractive(List.of("next"));
    encoder.release();

    assertThat(get(first)).hasSize(1);
    assertThat(get(next)).hasSize(1);
    assertThat(encoder.batches).containsExactly(List.of("first"), List.of("next"));
    assertThat(
            registry.get("semblance.embedding.texts").tag("outcome", "abandoned").counter().count())
        .isEqualTo(7);
  }

  @Test
  void shouldServeSearchesAheadOfUploads() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> first = texts.submitInteractive(List.of("first"));
    encoder.held.await();
    List<CompletableFuture<float[]>> uploads = new ArrayList<>();
    for (int i = 0; i < TEXTS_MAX + 1; i++) { // of which another lane bounds the number
      uploads.add(texts.submitStream("upload " + i));
    }
    CompletableFuture<List<float[]>> search = texts.submitInteractive(List.of("search"));
    encoder.release();

    assertThat(get(first)).hasSize(1);
    assertThat(get(search)).hasSize(1);
    for (CompletableFuture<float[]> upload : uploads) {
      assertThat(upload.get(20, TimeUnit.SECONDS)).containsExactly(8);
    }
    assertThat(encoder.batches.get(1)).startsWith("search", "upload 0");
  }

  @Test
  void shouldBlameTheEngineWhereAPlainTextFailsToo() {
    TextPipeline texts = pipeline(FakeTextEncoder.running());
    encoder.broken = true;
    assertThatThrownBy(() -> get(texts.submitInteractive(List.of("text"))))
        .hasCauseInstanceOf(EngineFailedException.class)
        .hasMessageContaining("the GPU has gone");
    encoder.broken = false;
    assertThatCode(() -> get(texts.submitInteractive(List.of("text")))).doesNotThrowAnyException();
  }

  @Test
  void shouldCloseTheEncoderAfterItsPassAndFailWhatWaits() throws Exception {
    TextPipeline texts = pipeline(FakeTextEncoder.held());
    CompletableFuture<List<float[]>> running = texts.submitInteractive(List.of("running"));
    encoder.held.await();
    CompletableFuture<List<float[]>> waits = texts.submitInteractive(List.of("waits"));
    Thread closer = Thread.ofPlatform().start(texts::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    assertThat(encoder.closed).as("closed inside a forward pass").isFalse();
    encoder.release();
    closer.join();

    assertThat(get(running)).hasSize(1);
    assertThat(encoder.closed).isTrue();
    assertThatThrownBy(() -> get(waits)).hasCauseInstanceOf(PipelineClosedException.class);
    assertThatThrownBy(() -> get(texts.submitInteractive(List.of("late"))))
        .hasCauseInstanceOf(PipelineClosedException.class);
  }

  @Test
  void shouldRefuseLimitsThatMakeNoSense() {
    assertThatThrownBy(() -> new TextOptions(0, Duration.ZERO, 1, 1))
        .hasMessageContaining("semblance.embedding.text-batch-size-max is 0: 1 to 1024");
    assertThatThrownBy(() -> new TextOptions(1, Duration.ZERO, 0, 1))
        .hasMessageContaining("semblance.embedding.interactive-texts-max is 0");
    assertThatThrownBy(() -> new TextOptions(1, Duration.ofMinutes(1), 1, 1))
        .hasMessageContaining("semblance.embedding.batch-delay-max");
    assertThatThrownBy(() -> new TextOptions(1, Duration.ZERO, 1, 0))
        .hasMessageContaining("semblance.embedding.text-length-max is 0");
  }
}
