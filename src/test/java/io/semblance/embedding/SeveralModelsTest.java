package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.Topics;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageSource;
import io.semblance.stream.StreamThreadProgress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Uploads that two models embed, one of them with a text tower. */
@Timeout(60)
class SeveralModelsTest {
  private static final String MATCHING = LoadedModel.MATCHING;
  private static final String SEARCH = "clip";

  /** A picture with this red fails the model for searches alone. */
  private static final int FAILING = 99;

  private final FakeModel matching = FakeModel.running();
  private final FakeModel search = FakeModel.running();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TextPipeline texts =
      new TextPipeline(
          SEARCH, FakeTextEncoder.running(), new TextOptions(4, Duration.ZERO, 1, 100), registry);
  private final ImageFetcher fetcher =
      new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
  private final EmbeddingPipeline pipeline =
      new EmbeddingPipeline(
          List.of(
              new LoadedModel(MATCHING, matching, Optional.empty()),
              new LoadedModel(SEARCH, new FailingOnOnePicture(search), Optional.of(texts))),
          fetcher,
          new ImageDecoder(ImageLimits.DEFAULT, true),
          new EmbeddingOptions(8, Duration.ZERO, 16, 4, 2, 1),
          registry);
  private final MockProcessorContext<String, float[]> context = new MockProcessorContext<>();

  @AfterEach
  void close() {
    pipeline.close();
    texts.close();
    fetcher.close();
  }

  private static ImageEmbedding get(EmbeddingResult result) throws Exception {
    return result.get(20, TimeUnit.SECONDS);
  }

  private long decoded() {
    return registry.get("semblance.embedding.decode").timer().count();
  }

  private double outcomes(String outcome) {
    return registry.get("semblance.embedding.images").tag("outcome", outcome).counter().count();
  }

  @Test
  void shouldDecodeEachUploadOnceAndEmbedItByEveryModel() throws Exception {
    List<EmbeddingResult> results = new ArrayList<>();
    for (int red = 1; red <= 20; red++) {
      results.add(pipeline.submit(Pictures.source(red), Lane.STREAM));
    }
    for (int red = 1; red <= 20; red++) {
      ImageEmbedding embedding = get(results.get(red - 1));
      assertThat(embedding.vectors()).containsOnlyKeys(MATCHING, SEARCH);
      assertThat(embedding.vector(MATCHING)).containsExactly(red, 2, 3);
      assertThat(embedding.vector(SEARCH)).containsExactly(red, 2, 3);
    }
    assertThat(decoded()).isEqualTo(20);
    assertThat(outcomes("embedded")).isEqualTo(20);
    for (String model : List.of(MATCHING, SEARCH)) {
      assertThat(
              registry
                  .get("semblance.embedding.batch.fill")
                  .tag("model", model)
                  .summary()
                  .totalAmount())
          .isEqualTo(20);
    }
  }

  @Test
  void shouldEmbedAQueryByTheModelThatIsSearchedByAlone() throws Exception {
    ImageEmbedding embedding = get(pipeline.submitInteractive(Pictures.source(7), SEARCH));
    assertThat(embedding.vectors()).containsOnlyKeys(SEARCH);
    assertThat(embedding.vector()).containsExactly(7, 2, 3);
    assertThat(matching.batches).isEmpty();
  }

  @Test
  void shouldRefuseAQueryByAModelThatThereIsNotAndHoldNoPlaceForIt() throws Exception {
    for (int i = 0; i < 8; i++) { // more than there are places
      assertThatIllegalArgumentException()
          .isThrownBy(() -> pipeline.submitInteractive(Pictures.source(7), "unknown"))
          .withMessageContaining("\"unknown\"");
    }
    assertThat(get(pipeline.submitInteractive(Pictures.source(7), SEARCH)).vector()[0])
        .isEqualTo(7);
  }

  @Test
  void shouldFailAnUploadOnceWhereOneModelCannotEmbedItAndNoNeighbour() throws Exception {
    EmbeddingResult bad = pipeline.submit(Pictures.source(FAILING), Lane.STREAM);
    EmbeddingResult good = pipeline.submit(Pictures.source(1), Lane.STREAM);

    assertThat(catchThrowable(() -> get(bad)).getCause())
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("the picture cannot be embedded by the model clip-tiny");
    assertThat(get(good).vectors()).hasSize(2);
    assertThat(outcomes("inference_failed")).isEqualTo(1);
    assertThat(outcomes("embedded")).isEqualTo(1);
  }

  @Test
  void shouldGoOnSearchingByOneModelWhileTheOtherIsBroken() throws Exception {
    search.broken = true;
    assertThat(catchThrowable(() -> get(pipeline.submit(Pictures.source(1), Lane.STREAM))))
        .hasCauseInstanceOf(EngineFailedException.class);
    assertThat(get(pipeline.submitInteractive(Pictures.source(2), MATCHING)).vector()[0])
        .isEqualTo(2);
  }

  @Test
  void shouldEmbedATextByTheModelsThatHaveATextTower() throws Exception {
    ImageEmbedding embedding =
        get(pipeline.submit(new ImageSource.Text("boots".getBytes(UTF_8)), Lane.STREAM));
    assertThat(embedding.vectors()).containsOnlyKeys(SEARCH);
    assertThat(embedding.vector(SEARCH)).containsExactly(5);
    assertThat(embedding.vector(MATCHING)).isNull();
  }

  @Test
  void shouldForwardTheVectorOfEachModelToItsOwnNode() {
    process(Pictures.png(5));
    Map<String, Record<? extends String, ? extends float[]>> forwarded = forwarded();
    assertThat(forwarded).containsOnlyKeys("to-matching", "to-clip");
    forwarded.values().forEach(record -> assertThat(record.value()).containsExactly(5, 2, 3));
    assertThat(header(forwarded, "to-matching", "ce_modelid")).isEqualTo("fake");
    assertThat(header(forwarded, "to-clip", "ce_modelid")).isEqualTo("clip-tiny");
    assertThat(header(forwarded, "to-clip", "ce_source"))
        .isEqualTo("urn:semblance:embeddings:clip");
    assertThat(header(forwarded, "to-clip", "ce_contenthash"))
        .isEqualTo(header(forwarded, "to-matching", "ce_contenthash"));
  }

  @Test
  void shouldForwardADeletionToEveryModel() {
    process(null);
    Map<String, Record<? extends String, ? extends float[]>> forwarded = forwarded();
    assertThat(forwarded).containsOnlyKeys("to-matching", "to-clip");
    forwarded.values().forEach(record -> assertThat(record.value()).isNull());
  }

  @Test
  void shouldDeleteWhereATextReplacesAPictureThatTheModelMayHold() {
    process("boots".getBytes(UTF_8), "content-type", "text/plain");
    Map<String, Record<? extends String, ? extends float[]>> forwarded = forwarded();
    assertThat(forwarded).containsOnlyKeys("to-matching", "to-clip");
    assertThat(value(forwarded, "to-clip")).containsExactly(5);
    assertThat(value(forwarded, "to-matching")).isNull();
    assertThat(header(forwarded, "to-matching", "ce_type"))
        .isEqualTo("io.semblance.image.deleted.v1");
  }

  @Test
  void shouldForwardNothingOfAnUploadThatOneModelCannotEmbed() {
    assertThat(catchThrowable(() -> process(Pictures.png(FAILING))))
        .isInstanceOf(UploadFailedException.class)
        .hasMessageContaining("clip-tiny");
    assertThat(context.forwarded()).isEmpty();
  }

  private void process(byte @Nullable [] value, String... headers) {
    EmbedProcessor processor =
        new EmbedProcessor(
            pipeline,
            new EmbeddingPrefetcher(pipeline),
            List.of(
                new EmbeddingOutput(
                    MATCHING, FakeModel.DESCRIPTION, EmbeddingHeaders.SOURCE, "to-matching"),
                new EmbeddingOutput(
                    SEARCH,
                    FailingOnOnePicture.DESCRIPTION,
                    EmbeddingHeaders.source(SEARCH),
                    "to-clip")),
            new StreamThreadProgress(),
            Duration.ofSeconds(20));
    processor.init(context);
    context.setRecordMetadata(Topics.IMAGE_UPLOADS, 0, 3);
    RecordHeaders all = new RecordHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1].getBytes(UTF_8));
    }
    processor.process(new Record<>("photo-1".getBytes(UTF_8), value, 1_700_000_000_000L, all));
  }

  private Map<String, Record<? extends String, ? extends float[]>> forwarded() {
    Map<String, Record<? extends String, ? extends float[]>> byNode = new HashMap<>();
    for (CapturedForward<? extends String, ? extends float[]> one : context.forwarded()) {
      byNode.put(one.childName().orElseThrow(), one.record());
    }
    return byNode;
  }

  private static float @Nullable [] value(
      Map<String, Record<? extends String, ? extends float[]>> forwarded, String node) {
    return Objects.requireNonNull(forwarded.get(node)).value();
  }

  private static String header(
      Map<String, Record<? extends String, ? extends float[]>> forwarded,
      String node,
      String name) {
    return new String(
        Objects.requireNonNull(forwarded.get(node)).headers().lastHeader(name).value(), UTF_8);
  }

  /** A network that gives no number for one picture, and is another's otherwise. */
  private record FailingOnOnePicture(FakeModel network) implements EmbeddingModel {
    static final ModelDescription DESCRIPTION =
        new ModelDescription("clip-tiny", "1", "f1", 3, 0.5f);

    @Override
    public ModelDescription description() {
      return DESCRIPTION;
    }

    @Override
    public ImageRecipe recipe() {
      return network.recipe();
    }

    @Override
    public InferenceDevice device() {
      return network.device();
    }

    @Override
    public int concurrency() {
      return network.concurrency();
    }

    @Override
    public float[][] embed(ByteBuffer inputs, int count) {
      float[][] vectors = network.embed(inputs, count);
      for (float[] vector : vectors) {
        if (vector[0] == FAILING) {
          vector[1] = Float.NaN;
        }
      }
      return vectors;
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
