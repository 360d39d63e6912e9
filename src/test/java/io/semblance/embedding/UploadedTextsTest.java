package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.model.InferenceException;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Uploads that are texts, through the pipeline of images. */
@Timeout(60)
class UploadedTextsTest {
  private final FakeTextEncoder encoder = FakeTextEncoder.running();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TextPipeline texts =
      new TextPipeline(
          LoadedModel.MATCHING, encoder, new TextOptions(4, Duration.ZERO, 1, 10), registry);
  private final ImageFetcher fetcher =
      new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
  private final EmbeddingPipeline pipeline = pipeline(Optional.of(texts));

  private EmbeddingPipeline pipeline(Optional<TextPipeline> used) {
    return new EmbeddingPipeline(
        List.of(new LoadedModel(LoadedModel.MATCHING, FakeModel.running(), used)),
        fetcher,
        new ImageDecoder(ImageLimits.DEFAULT, true),
        new EmbeddingOptions(2, Duration.ZERO, 4, 1, 1, 1),
        registry);
  }

  @AfterEach
  void close() {
    texts.close();
    pipeline.close();
    fetcher.close();
  }

  private static ImageEmbedding embed(EmbeddingPipeline used, byte[] bytes) throws Exception {
    return used.submit(new ImageSource.Text(bytes), Lane.STREAM).get(20, TimeUnit.SECONDS);
  }

  private static ImageRejectedException.Reason reason(EmbeddingPipeline used, byte[] bytes) {
    Throwable failure = catchThrowable(() -> embed(used, bytes)).getCause();
    assertThat(failure).isInstanceOf(ImageRejectedException.class);
    return ((ImageRejectedException) Objects.requireNonNull(failure)).reason();
  }

  @Test
  void shouldEmbedATextBesidePictures() throws Exception {
    byte[] bytes = "bööts".getBytes(UTF_8);
    ImageEmbedding embedding = embed(pipeline, bytes);
    assertThat(embedding.vector()).containsExactly(5);
    assertThat(embedding.contentHash()).isEqualTo(ContentHash.of(bytes));
    assertThat(embedding.width()).isZero();
    assertThat(embedding.lowInformation()).isFalse();
    assertThat(
            pipeline.submit(Pictures.source(7), Lane.STREAM).get(20, TimeUnit.SECONDS).vector()[0])
        .isEqualTo(7);
  }

  @Test
  void shouldRejectWhatIsNoTextOfItsLength() {
    assertThat(reason(pipeline, "bööts".getBytes(ISO_8859_1)))
        .isEqualTo(ImageRejectedException.Reason.CORRUPT);
    assertThat(reason(pipeline, " \n".getBytes(UTF_8)))
        .isEqualTo(ImageRejectedException.Reason.EMPTY);
    assertThat(reason(pipeline, "x".repeat(11).getBytes(UTF_8)))
        .isEqualTo(ImageRejectedException.Reason.TOO_MANY_BYTES);
    assertThat(reason(pipeline, new byte[1 << 20]))
        .isEqualTo(ImageRejectedException.Reason.TOO_MANY_BYTES);
    assertThat(encoder.batches).isEmpty();
  }

  @Test
  void shouldCountTextsApartFromImages() throws Exception {
    embed(pipeline, "boots".getBytes(UTF_8));
    reason(pipeline, " ".getBytes(UTF_8));
    pipeline.submit(Pictures.source(7), Lane.STREAM).get(20, TimeUnit.SECONDS);
    assertThat(outcomes("semblance.embedding.uploaded.texts"))
        .isEqualTo(Map.of("embedded", 1.0, "empty", 1.0));
    assertThat(outcomes("semblance.embedding.images")).isEqualTo(Map.of("embedded", 1.0));
  }

  private Map<String, Double> outcomes(String meter) {
    Map<String, Double> outcomes = new HashMap<>();
    registry
        .get(meter)
        .counters()
        .forEach(counter ->
            outcomes.put(
                Objects.requireNonNull(counter.getId().getTag("outcome")), counter.count()));
    return outcomes;
  }

  @Test
  void shouldNotComputeATextThatAnotherTowerFails() {
    FakeTextEncoder slow = FakeTextEncoder.held();
    TextPipeline slowTexts =
        new TextPipeline("slow", slow, new TextOptions(1, Duration.ZERO, 1, 10), registry);
    try (EmbeddingPipeline both =
        new EmbeddingPipeline(
            List.of(
                new LoadedModel(LoadedModel.MATCHING, FakeModel.running(), Optional.of(texts)),
                new LoadedModel("slow", FakeModel.running(), Optional.of(slowTexts))),
            fetcher,
            new ImageDecoder(ImageLimits.DEFAULT, true),
            new EmbeddingOptions(2, Duration.ZERO, 4, 1, 1, 1),
            registry)) {
      slowTexts.submitStream("first"); // which the tower waits at
      assertThat(catchThrowable(() -> embed(both, FakeTextEncoder.POISON.getBytes(UTF_8))))
          .hasCauseInstanceOf(InferenceException.class);
      assertThat(
              registry
                  .get("semblance.embedding.texts")
                  .tag("model", "slow")
                  .tag("outcome", "abandoned")
                  .counter()
                  .count())
          .isEqualTo(1);
    } finally {
      slow.release();
      slowTexts.close();
    }
    assertThat(slow.batches).doesNotContain(List.of(FakeTextEncoder.POISON));
  }

  @Test
  void shouldRejectTextsWhereTheModelHasNone() {
    try (EmbeddingPipeline pictures = pipeline(Optional.empty())) {
      assertThat(reason(pictures, "boots".getBytes(UTF_8)))
          .isEqualTo(ImageRejectedException.Reason.UNSUPPORTED_FORMAT);
    }
  }
}
