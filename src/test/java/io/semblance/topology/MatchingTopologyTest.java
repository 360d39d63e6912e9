package io.semblance.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.EventMetadata;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.match.GatherProcessor;
import io.semblance.match.IndexProcessor;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.MatchStores;
import io.semblance.match.PolledProbes;
import io.semblance.match.ShardSearchProcessor;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.IndexStoreOptions;
import io.semblance.store.VectorIndexStoreBuilder;
import io.semblance.stream.DeadLetterProcessingHandler;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.IndexOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an embedding to an alert, with the product's own processors on one shard. */
class MatchingTopologyTest {
  private static final String FINGERPRINT = "f".repeat(64);
  private static final Duration GATHER_TIME_LIMIT = Duration.ofMinutes(10);
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  @TempDir Path stateDirectory;

  private int shards = 1;
  private int matchesPerShardMax = 10;
  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> embeddings;
  private TestOutputTopic<String, MatchAlert> alerts;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  @BeforeEach
  void start() {
    StreamThreadProgress progress = new StreamThreadProgress();
    MatchMetrics metrics = new MatchMetrics(new SimpleMeterRegistry());
    EmbeddingMetadataCodec codec = new EmbeddingMetadataCodec("model", "1", FINGERPRINT);
    EmbeddingRows rows = new EmbeddingRows("model", FINGERPRINT, 2, codec);
    MatchOptions options =
        new MatchOptions(0.9f, matchesPerShardMax, 8, Duration.ofDays(1), 1_000, GATHER_TIME_LIMIT);
    Processors processors =
        new Processors(
            NoUploads::new,
            () -> new IndexProcessor(rows, 0.9f, () -> shards, progress, metrics),
            () ->
                new ShardSearchProcessor(
                    options, rows, codec, new PolledProbes(), progress, metrics),
            () -> new GatherProcessor(options, codec, progress, metrics));
    IndexStoreOptions store =
        IndexStoreOptions.of(IndexOptions.ofDimension(2), "model", FINGERPRINT);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, Topics.DEAD_LETTERS);
    properties.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterProcessingHandler.class);
    driver =
        new TopologyTestDriver(
            SemblanceTopology.build(
                processors, new VectorIndexStoreBuilder(MatchStores.INDEX, store, rows), List.of()),
            properties,
            NOON);
    embeddings =
        driver.createInputTopic(
            Topics.IMAGE_EMBEDDINGS, new StringSerializer(), new ByteArraySerializer());
    alerts =
        driver.createOutputTopic(
            Topics.MATCH_ALERTS,
            new StringDeserializer(),
            new JsonSerde<>(MatchAlert.class).deserializer());
    deadLetters =
        driver.createOutputTopic(
            Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private void restartWith(Runnable change) {
    driver.close();
    change.run();
    start();
  }

  @Test
  void shouldAlertACopyWithItsOriginalAndNothingElse() {
    embed("original", 1, 0, 1);
    embed("unrelated", 0, 1, 2);
    embed("copy", 0.99f, 0.141f, 3);

    MatchAlert alert = alerts.readValue();
    assertThat(alerts.isEmpty()).isTrue();
    assertThat(alert.imageId()).isEqualTo("copy");
    assertThat(alert.matches()).extracting(MatchAlert.Match::imageId).containsExactly("original");
    assertThat(alert.matches().getFirst().similarity()).isBetween(0.98f, 0.995f);
    assertThat(alert.matches().getFirst().exactBytes()).isFalse();
    assertThat(alert.shards().answered()).containsExactly(0);
    assertThat(alert.threshold()).isEqualTo(0.9f);
  }

  @Test
  void shouldSayThatTheBytesAreTheSame() {
    embed("one", 1, 0, 7);
    embed("two", 1, 0, 7);

    assertThat(alerts.readValue().matches().getFirst().exactBytes()).isTrue();
  }

  @Test
  void shouldNotRepeatAPairWhoseImageIsUploadedAgainUnchanged() {
    embed("original", 1, 0, 1);
    embed("copy", 1, 0, 2);
    assertThat(alerts.readValuesToList()).hasSize(1);

    embed("copy", 1, 0, 2);
    embed("original", 1, 0, 1);

    assertThat(alerts.readValuesToList()).isEmpty();
  }

  @Test
  void shouldAlertAgainWhereAnImageHasOtherBytes() {
    embed("original", 1, 0, 1);
    embed("copy", 1, 0, 2);
    assertThat(alerts.readValuesToList()).hasSize(1);

    embed("copy", 1, 0, 3);

    assertThat(alerts.readValuesToList()).hasSize(1);
  }

  @Test
  void shouldNotFindADeletedImage() {
    embed("original", 1, 0, 1);
    embeddings.pipeInput("original", null);
    embed("copy", 1, 0, 2);

    assertThat(alerts.isEmpty()).isTrue();
  }

  @Test
  void shouldKeepTenantsApart() {
    embed("ours", 1, 0, 1, metadata -> withTenant(metadata, "ours"));
    embed("theirs", 1, 0, 2, metadata -> withTenant(metadata, "theirs"));

    assertThat(alerts.isEmpty()).isTrue();
  }

  @Test
  void shouldNeitherProbeNorFindAPictureWithoutInformation() {
    embed("flat", 1, 0, 1, MatchingTopologyTest::withLowInformation);
    embed("flat too", 1, 0, 2, MatchingTopologyTest::withLowInformation);
    embed("photo", 1, 0, 3);

    assertThat(alerts.isEmpty()).isTrue();
  }

  @Test
  void shouldNeitherProbeNorFindAText() {
    embed("caption", 1, 0, 1, MatchingTopologyTest::asText);
    embed("caption too", 1, 0, 1, MatchingTopologyTest::asText);
    embed("photo", 1, 0, 2);

    assertThat(alerts.isEmpty()).isTrue();
    embed("copy", 1, 0, 3);
    assertThat(alerts.readValue().matches())
        .extracting(MatchAlert.Match::imageId)
        .containsExactly("photo");
  }

  @Test
  void shouldReportTheBestMatchesAndSayThatThereAreMore() {
    restartWith(() -> matchesPerShardMax = 2);
    embed("far", 0.95f, 0.312f, 1);
    embed("near", 0.999f, 0.045f, 2);
    embed("nearer", 1, 0, 3);
    alerts.readValuesToList();

    embed("probe", 1, 0, 4);

    MatchAlert alert = alerts.readValue();
    assertThat(alert.truncated()).isTrue();
    assertThat(alert.matches())
        .extracting(MatchAlert.Match::imageId)
        .containsExactly("nearer", "near");
  }

  @Test
  void shouldSendAVectorOfAnotherModelToTheDeadLettersAndGoOn() {
    embed(
        "foreign",
        1,
        0,
        1,
        metadata ->
            new EmbeddingMetadata(
                "other", "1", "0".repeat(64), hash(1), 4, 4, false, metadata.upload()));
    embeddings.pipeInput(record("wide", new float[] {1, 0, 0}, metadata(2)));
    embed("original", 1, 0, 3);
    embed("copy", 1, 0, 4);

    List<TestRecord<byte[], byte[]>> letters = deadLetters.readRecordsToList();
    assertThat(letters)
        .extracting(TestRecord::key)
        .containsExactly(bytes("foreign"), bytes("wide"));
    assertThat(reason(letters.getFirst())).contains("upload the image again");
    assertThat(alerts.readValue().matches())
        .extracting(MatchAlert.Match::imageId)
        .containsExactly("original");
  }

  @Test
  void shouldAlertWithoutAShardThatDoesNotAnswerInTime() {
    restartWith(() -> shards = 2);
    embed("original", 1, 0, 1);
    embed("copy", 1, 0, 2);
    driver.advanceWallClockTime(GATHER_TIME_LIMIT.minusSeconds(30));
    assertThat(alerts.isEmpty()).isTrue();

    driver.advanceWallClockTime(Duration.ofMinutes(1));

    MatchAlert alert = alerts.readValue();
    assertThat(alert.imageId()).isEqualTo("copy");
    assertThat(alert.shards()).isEqualTo(new MatchAlert.Shards(2, List.of(0)));
    assertThat(alert.alertId()).endsWith("/shards/0");
    assertThat(driver.getKeyValueStore("pending-probes").all().hasNext()).isFalse();
  }

  @Test
  void shouldNotAlertForAnImageThatWasReplacedWhileItsProbeWaited() {
    restartWith(() -> shards = 2);
    embed("original", 1, 0, 1);
    embed("copy", 1, 0, 2);
    embed("copy", 0, 1, 3);

    driver.advanceWallClockTime(GATHER_TIME_LIMIT.plusMinutes(1));

    assertThat(alerts.isEmpty()).isTrue();
  }

  private void embed(String imageId, float x, float y, int content) {
    embed(imageId, x, y, content, UnaryOperator.identity());
  }

  private void embed(
      String imageId, float x, float y, int content, UnaryOperator<EmbeddingMetadata> change) {
    embeddings.pipeInput(record(imageId, new float[] {x, y}, change.apply(metadata(content))));
  }

  private static TestRecord<String, byte[]> record(
      String imageId, float[] vector, EmbeddingMetadata metadata) {
    Headers headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, imageId, vector.length, metadata);
    return new TestRecord<>(
        imageId, new VectorSerde().serializer().serialize("", vector), headers, NOON);
  }

  private static EmbeddingMetadata metadata(int content) {
    EventMetadata upload =
        new EventMetadata("event-" + content, "/test", NOON.plusSeconds(content), Map.of());
    return new EmbeddingMetadata("model", "1", FINGERPRINT, hash(content), 4, 4, false, upload);
  }

  private static EmbeddingMetadata withTenant(EmbeddingMetadata metadata, String tenant) {
    return withExtension(metadata, "tenant", tenant);
  }

  private static EmbeddingMetadata asText(EmbeddingMetadata metadata) {
    return withExtension(metadata, "mediatype", "text/plain");
  }

  private static EmbeddingMetadata withExtension(
      EmbeddingMetadata metadata, String name, String value) {
    EventMetadata upload = metadata.upload();
    return new EmbeddingMetadata(
        metadata.modelId(),
        metadata.modelVersion(),
        metadata.modelFingerprint(),
        metadata.contentHash(),
        metadata.width(),
        metadata.height(),
        metadata.lowInformation(),
        new EventMetadata(upload.eventId(), upload.source(), upload.time(), Map.of(name, value)));
  }

  private static EmbeddingMetadata withLowInformation(EmbeddingMetadata metadata) {
    return new EmbeddingMetadata(
        metadata.modelId(),
        metadata.modelVersion(),
        metadata.modelFingerprint(),
        metadata.contentHash(),
        metadata.width(),
        metadata.height(),
        true,
        metadata.upload());
  }

  private static String hash(int content) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) content;
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String reason(TestRecord<byte[], byte[]> letter) {
    return new String(letter.headers().lastHeader("__streams.errors.message").value(), UTF_8);
  }

  /** Uploads are no part of this test. */
  private static final class NoUploads
      extends ContextualProcessor<byte[], byte[], String, float[]> {
    @Override
    public void process(Record<byte[], byte[]> upload) {
      throw new IllegalStateException("no uploads here");
    }
  }
}
