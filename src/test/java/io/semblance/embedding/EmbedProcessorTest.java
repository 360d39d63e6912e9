package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.InvalidEventException;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageRejectedException;
import io.semblance.stream.StreamThreadProgress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbedProcessorTest {
  private static final long TIME = 1_700_000_000_000L;

  private static final List<EmbeddingOutput> OUTPUTS =
      List.of(
          new EmbeddingOutput(
              LoadedModel.MATCHING, FakeModel.DESCRIPTION, EmbeddingHeaders.SOURCE, "embeddings"));

  private final FakeModel model = FakeModel.running();
  private final ImageFetcher fetcher =
      new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
  private final StreamThreadProgress progress = new StreamThreadProgress();
  private final MockProcessorContext<String, float[]> context = new MockProcessorContext<>();
  private EmbeddingPipeline pipeline = pipeline(model);
  private EmbeddingPrefetcher prefetcher = new EmbeddingPrefetcher(pipeline);

  /** Loads the native decoder, so that no image's own time has to. */
  @BeforeAll
  static void decodeOnce() throws ImageRejectedException {
    new ImageDecoder(ImageLimits.DEFAULT, true).decode(Pictures.png(1));
  }

  @AfterEach
  void close() {
    pipeline.close();
    fetcher.close();
  }

  private EmbeddingPipeline pipeline(FakeModel network) {
    return new EmbeddingPipeline(
        network,
        fetcher,
        new ImageDecoder(ImageLimits.DEFAULT, true),
        new EmbeddingOptions(1, Duration.ZERO, 1, 1, 1, 1),
        new SimpleMeterRegistry());
  }

  private EmbedProcessor processor(Duration timeLimit) {
    EmbedProcessor processor =
        new EmbedProcessor(pipeline, prefetcher, OUTPUTS, progress, timeLimit);
    processor.init(context);
    return processor;
  }

  private void process(EmbedProcessor processor, long offset, byte @Nullable [] value) {
    context.setRecordMetadata(Topics.IMAGE_UPLOADS, 0, offset);
    processor.process(record("photo-1", value));
  }

  private static Record<byte[], byte[]> record(@Nullable String id, byte @Nullable [] value) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("ce_id", "event-1".getBytes(UTF_8));
    headers.add("ce_tenant", "acme".getBytes(UTF_8));
    headers.add("traceparent", "00-1".getBytes(UTF_8));
    return new Record<>(id == null ? null : id.getBytes(UTF_8), value, TIME, headers);
  }

  private Record<? extends String, ? extends float[]> forwarded() {
    assertThat(context.forwarded()).hasSize(1);
    return context.forwarded().getFirst().record();
  }

  @Test
  void shouldEmbedAnUploadThatWasNotPrefetched() {
    byte[] png = Pictures.png(7, 5, 6);
    process(processor(Duration.ofSeconds(20)), 3, png);
    Record<? extends String, ? extends float[]> embedding = forwarded();
    assertThat(embedding.key()).isEqualTo("photo-1");
    assertThat(embedding.value()).containsExactly(7, 2, 3);
    assertThat(embedding.timestamp()).isEqualTo(TIME);
    EmbeddingMetadata metadata = EmbeddingHeaders.read(embedding.headers());
    assertThat(metadata.modelId()).isEqualTo("fake");
    assertThat(metadata.modelFingerprint()).isEqualTo("f0");
    assertThat(metadata.width()).isEqualTo(5);
    assertThat(metadata.height()).isEqualTo(6);
    assertThat(metadata.lowInformation()).isTrue();
    assertThat(metadata.upload().eventId()).isEqualTo("event-1");
    assertThat(metadata.upload().tenant()).isEqualTo("acme");
    assertThat(embedding.headers().lastHeader("traceparent")).isNotNull();
  }

  @Test
  void shouldTakeThePrefetchedResultInsteadOfEmbeddingAgain() {
    prefetcher.polled(
        new ConsumerRecord<>(
            Topics.IMAGE_UPLOADS, 0, 3, "photo-1".getBytes(UTF_8), Pictures.png(9)));
    process(processor(Duration.ofSeconds(20)), 3, Pictures.png(9));
    assertThat(forwarded().value()).containsExactly(9, 2, 3);
    assertThat(model.batches).as("forward passes").hasSize(1);
  }

  @Test
  void shouldForwardADeletionWithoutAVector() {
    process(processor(Duration.ofSeconds(20)), 3, null);
    assertThat(forwarded().key()).isEqualTo("photo-1");
    assertThat(forwarded().value()).isNull();
    assertThat(EmbeddingHeaders.readUpload(forwarded().headers()).tenant()).isEqualTo("acme");
    assertThat(model.batches).isEmpty();
  }

  @Test
  void shouldAskForACommitOnlyAfterTheLastPolledRecord() {
    EmbedProcessor processor = processor(Duration.ofSeconds(20));
    for (long offset = 0; offset < 2; offset++) {
      progress.polled(
          new ConsumerRecord<>(
              Topics.IMAGE_UPLOADS, 0, offset, "photo-1".getBytes(UTF_8), Pictures.png(1)));
    }
    process(processor, 0, null);
    assertThat(context.committed()).isFalse();
    process(processor, 1, null);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void shouldThrowReasonAndRemedyOfAnUploadThatCannotBeEmbedded() {
    EmbedProcessor processor = processor(Duration.ofSeconds(20));
    assertThatThrownBy(() -> process(processor, 1, "no image".getBytes(UTF_8)))
        .isInstanceOf(UploadFailedException.class)
        .hasMessageStartingWith("UNSUPPORTED_FORMAT: ")
        .hasMessageContaining("Upload JPEG, PNG");
    assertThatThrownBy(() -> process(processor, 2, Pictures.png(FakeModel.POISON)))
        .isInstanceOf(UploadFailedException.class)
        .hasMessageStartingWith("NOT_EMBEDDED: poisoned");
    context.setRecordMetadata(Topics.IMAGE_UPLOADS, 0, 3);
    assertThatThrownBy(() -> processor.process(record(null, Pictures.png(1))))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("produce it with the image id as its key");
    assertThat(context.forwarded()).isEmpty();
    process(processor, 4, Pictures.png(5));
    assertThat(forwarded().value()).as("the next upload").containsExactly(5, 2, 3);
  }

  @Test
  void shouldHandAnUploadBackWhoseTimeGoesInQueuesOfThisInstance() {
    FakeModel stalled = FakeModel.held();
    pipeline.close();
    pipeline = pipeline(stalled);
    prefetcher = new EmbeddingPrefetcher(pipeline);
    EmbedProcessor processor = processor(Duration.ofMillis(500));
    process(processor, 0, null); // a record that waits for nothing
    context.resetForwards();
    assertThatThrownBy(() -> process(processor, 1, Pictures.png(1)))
        .as("decoded, but waiting for its forward pass")
        .isInstanceOf(TaskMigratedException.class)
        .hasMessageContaining("semblance.embedding.time-limit");
    stalled.release();
    process(processor, 1, Pictures.png(2));
    assertThat(forwarded().value()).as("the next attempt").containsExactly(2, 2, 3);
  }

  @Test
  void shouldHandAnUploadBackThatFindsNoPlaceInTime() throws Exception {
    FakeModel stalled = FakeModel.held();
    pipeline.close();
    pipeline = pipeline(stalled);
    prefetcher = new EmbeddingPrefetcher(pipeline);
    pipeline.submit(Pictures.source(1), Lane.STREAM);
    EmbedProcessor processor = processor(Duration.ofMillis(50));
    assertThatThrownBy(() -> process(processor, 1, Pictures.png(1)))
        .isInstanceOf(TaskMigratedException.class);
    stalled.release();
  }

  @Test
  void shouldSendAnImageToTheDeadLettersThatItselfTakesTooLong() {
    CountDownLatch decoding = model.holdDecoding();
    EmbedProcessor processor = processor(Duration.ofSeconds(2));
    assertThatThrownBy(() -> process(processor, 1, Pictures.png(1)))
        .isInstanceOf(UploadFailedException.class)
        .hasMessageStartingWith("TIMEOUT: ")
        .hasMessageContaining("semblance.embedding.time-limit");
    decoding.countDown();
    process(processor, 2, Pictures.png(5));
    assertThat(forwarded().value()).as("within the same transaction").containsExactly(5, 2, 3);
  }

  @Test
  void shouldBoundTheSumOfTheWaitsOfOneTransaction() throws Exception {
    FakeModel stalled = FakeModel.held();
    pipeline.close();
    pipeline = pipeline(stalled);
    prefetcher = new EmbeddingPrefetcher(pipeline);
    Duration timeLimit = Duration.ofDays(1);
    EmbedProcessor processor = processor(timeLimit);
    pipeline.waits().add(timeLimit); // by another task of this thread, say
    assertThatThrownBy(() -> process(processor, 1, Pictures.png(1)))
        .isInstanceOf(TaskMigratedException.class);
    assertThat(pipeline.waits().sum()).as("its transaction is aborted").isZero();
    stalled.release();
  }

  @Test
  void shouldAskForACommitAfterALongWaitAndCountAnewOnceTheRoundHasEnded() {
    EmbedProcessor processor = processor(Duration.ofSeconds(20));
    for (long offset = 0; offset < 4; offset++) {
      progress.polled(
          new ConsumerRecord<>(
              Topics.IMAGE_UPLOADS, 0, offset, "photo-1".getBytes(UTF_8), Pictures.png(1)));
    }
    Punctuator endOfRound = context.scheduledPunctuators().getFirst().getPunctuator();
    pipeline.waits().add(EmbedProcessor.COMMIT_AFTER.dividedBy(2));
    endOfRound.punctuate(0);
    assertThat(pipeline.waits().sum()).as("no commit was asked for").isPositive();
    process(processor, 0, null);
    assertThat(context.committed()).isFalse();
    pipeline.waits().add(EmbedProcessor.COMMIT_AFTER);
    process(processor, 1, Pictures.png(1));
    assertThat(context.committed()).isTrue();
    endOfRound.punctuate(0);
    assertThat(pipeline.waits().sum()).isZero();
  }

  @Test
  void shouldForgetItsPartitionWhenClosed() {
    EmbedProcessor processor = processor(Duration.ofSeconds(20));
    prefetcher.polled(
        new ConsumerRecord<>(
            Topics.IMAGE_UPLOADS, 0, 3, "photo-1".getBytes(UTF_8), Pictures.png(9)));
    processor.close();
    assertThat(
            prefetcher.take(new org.apache.kafka.common.TopicPartition(Topics.IMAGE_UPLOADS, 0), 3))
        .isNull();
  }

  @Test
  void shouldLeaveABadUploadToTheDeadLettersAndGoOn() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<byte[], byte[]> uploads = uploads(driver);
      uploads.pipeInput(new TestRecord<>(key("a"), Pictures.png(1)));
      uploads.pipeInput(new TestRecord<>(key("b"), "no image".getBytes(UTF_8)));
      uploads.pipeInput(new TestRecord<>(key("c"), Pictures.png(3)));
      TestOutputTopic<String, float[]> embeddings =
          driver.createOutputTopic(
              Topics.IMAGE_EMBEDDINGS, new StringDeserializer(), new VectorSerde().deserializer());
      assertThat(embeddings.readKeyValuesToList().stream().map(pair -> pair.key))
          .containsExactly("a", "c");
      TestRecord<byte[], byte[]> letter = deadLetters(driver).readRecord();
      assertThat(letter.key()).isEqualTo(key("b"));
      assertThat(letter.value()).isEqualTo("no image".getBytes(UTF_8));
      Map<String, String> headers = new java.util.HashMap<>();
      letter.headers().forEach(header -> headers.put(header.key(), text(header.value())));
      assertThat(headers)
          .containsEntry("__streams.errors.topic", Topics.IMAGE_UPLOADS)
          .containsEntry("__streams.errors.offset", "1")
          .extractingByKey("__streams.errors.message")
          .asString()
          .contains("UNSUPPORTED_FORMAT");
    }
  }

  @Test
  void shouldNotSendUploadsToTheDeadLettersBecauseThisInstanceStops() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<byte[], byte[]> uploads = uploads(driver);
      pipeline.close();
      assertThatThrownBy(() -> uploads.pipeInput(new TestRecord<>(key("a"), Pictures.png(1))))
          .isInstanceOf(TaskMigratedException.class);
      assertThat(deadLetters(driver).isEmpty()).isTrue();
    }
  }

  @Test
  void shouldNotSendUploadsToTheDeadLettersBecauseTheEngineFails() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<byte[], byte[]> uploads = uploads(driver);
      model.broken = true;
      assertThatThrownBy(() -> uploads.pipeInput(new TestRecord<>(key("a"), Pictures.png(1))))
          .isInstanceOf(TaskMigratedException.class)
          .hasMessageContaining("the GPU has gone");
      assertThat(deadLetters(driver).isEmpty()).isTrue();
    }
  }

  private static byte[] key(String id) {
    return id.getBytes(UTF_8);
  }

  private static String text(byte @Nullable [] value) {
    return value == null ? "" : new String(value, UTF_8);
  }

  private TopologyTestDriver driver() {
    Topology topology = new Topology();
    topology.addSource(
        "uploads", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.IMAGE_UPLOADS);
    topology.addProcessor(
        "embed",
        () -> new EmbedProcessor(pipeline, prefetcher, OUTPUTS, progress, Duration.ofSeconds(20)),
        "uploads");
    topology.addSink(
        "embeddings",
        Topics.IMAGE_EMBEDDINGS,
        new StringSerializer(),
        new VectorSerde().serializer(),
        "embed");
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "embed-processor-test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    properties.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndContinueProcessingExceptionHandler.class);
    properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, Topics.DEAD_LETTERS);
    return new TopologyTestDriver(topology, properties);
  }

  private static TestInputTopic<byte[], byte[]> uploads(TopologyTestDriver driver) {
    return driver.createInputTopic(
        Topics.IMAGE_UPLOADS, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static TestOutputTopic<byte[], byte[]> deadLetters(TopologyTestDriver driver) {
    return driver.createOutputTopic(
        Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
