package io.semblance.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EventMetadata;
import io.semblance.event.MatchAlert;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.match.MatchStores;
import io.semblance.search.ModelIndex;
import io.semblance.search.SearchIndexProcessor;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.IndexStoreOptions;
import io.semblance.store.VectorIndexStore;
import io.semblance.store.VectorIndexStoreBuilder;
import io.semblance.stream.DeadLetterProcessingHandler;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index of a model for searches beside the matching. */
class SearchIndexTopologyTest {
  private static final String HASH = "0".repeat(64);
  private static final ModelDescription MATCHING_MODEL =
      new ModelDescription("copies", "1", "a".repeat(64), 2, 0.9f);
  private static final ModelIndex MATCHING =
      new ModelIndex(
          "matching", MATCHING_MODEL, Topics.IMAGE_EMBEDDINGS, MatchStores.INDEX, () -> 1);
  private static final ModelIndex CLIP =
      new ModelIndex(
          "clip",
          new ModelDescription("clip-tiny", "1", "b".repeat(64), 3, 0.95f),
          "image-embeddings-clip",
          "vector-index-clip",
          () -> 1);

  @TempDir Path stateDirectory;

  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> embeddings;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  private static Topology topology(List<ModelIndex> searchIndexes) {
    StreamThreadProgress progress = new StreamThreadProgress();
    return SemblanceTopology.build(
        new Processors(
            Unused<byte[], byte[], String, float[]>::new,
            Unused<String, byte[], String, byte[]>::new,
            Unused<String, byte[], String, ShardReport>::new,
            Unused<String, ShardReport, String, MatchAlert>::new),
        store(MATCHING),
        searchIndexes.stream()
            .map(index ->
                new SearchIndexNode(
                    index.name(),
                    index.topic(),
                    store(index),
                    () -> new SearchIndexProcessor(index, rows(index), progress)))
            .toList());
  }

  private static EmbeddingRows rows(ModelIndex index) {
    return IndexStores.rows(index);
  }

  private static VectorIndexStoreBuilder store(ModelIndex index) {
    ModelDescription model = index.model();
    return new VectorIndexStoreBuilder(
        index.store(),
        IndexStoreOptions.of(
            IndexOptions.ofDimension(model.dimension()), model.id(), model.fingerprint()),
        rows(index));
  }

  @BeforeEach
  void start() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
    properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, Topics.DEAD_LETTERS);
    properties.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterProcessingHandler.class);
    driver = new TopologyTestDriver(topology(List.of(CLIP)), properties);
    embeddings =
        driver.createInputTopic(CLIP.topic(), new StringSerializer(), new ByteArraySerializer());
    deadLetters =
        driver.createOutputTopic(
            Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private Optional<IndexRow> row(String id) {
    VectorIndexStore store = (VectorIndexStore) driver.getStateStore(CLIP.store());
    return store.get(id);
  }

  @Test
  void shouldPutEmbeddingsIntoTheIndexOfTheirModelAndAskNoShard() {
    embeddings.pipeInput(record("photo", CLIP.model(), 1, 0, 0));

    assertThat(row("photo").map(IndexRow::vector)).hasValue(new float[] {1, 0, 0});
    assertThat(((VectorIndexStore) driver.getStateStore(MatchStores.INDEX)).get("photo")).isEmpty();
    assertThat(driver.producedTopicNames()).isEmpty();
  }

  @Test
  void shouldForgetWhatIsDeleted() {
    embeddings.pipeInput(record("photo", CLIP.model(), 1, 0, 0));
    embeddings.pipeInput("photo", null);

    assertThat(row("photo")).isEmpty();
  }

  @Test
  void shouldRefuseVectorsOfAnotherModelByNameAndGoOn() {
    embeddings.pipeInput(record("foreign", MATCHING_MODEL, 1, 0));
    embeddings.pipeInput(record("photo", CLIP.model(), 1, 0, 0));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.key()).isEqualTo("foreign".getBytes(UTF_8));
    assertThat(new String(letter.headers().lastHeader("__streams.errors.message").value(), UTF_8))
        .contains("copies")
        .contains("clip-tiny");
    assertThat(row("photo")).isPresent();
    VectorIndexStore store = (VectorIndexStore) driver.getStateStore(CLIP.store());
    assertThat(store.statistics().foreign().count()).isEqualTo(1);
    assertThat(store.statistics().repeatedRecords()).isZero();
  }

  @Test
  void shouldAddOneSubTopologyForEachModelAndLeaveTheOthersTheirNumbers() {
    Map<Integer, String> alone = subTopologies(topology(List.of()));
    Map<Integer, String> beside = subTopologies(topology(List.of(CLIP)));

    assertThat(alone).hasSize(2);
    assertThat(beside).hasSize(3);
    assertThat(beside.get(1)).isEqualTo(alone.get(1));
    assertThat(beside.get(2)).contains(CLIP.topic()).contains(CLIP.store());
  }

  private static Map<Integer, String> subTopologies(Topology topology) {
    Map<Integer, String> descriptions = new TreeMap<>();
    for (TopologyDescription.Subtopology one : topology.describe().subtopologies()) {
      descriptions.put(one.id(), one.toString());
    }
    return descriptions;
  }

  private static TestRecord<String, byte[]> record(
      String imageId, ModelDescription model, float... vector) {
    RecordHeaders headers = new RecordHeaders();
    EventMetadata upload = new EventMetadata("event", "/test", Instant.EPOCH, Map.of());
    EmbeddingHeaders.write(
        headers,
        EmbeddingHeaders.source("clip"),
        imageId,
        vector.length,
        new EmbeddingMetadata(
            model.id(), model.version(), model.fingerprint(), HASH, 4, 4, false, upload));
    return new TestRecord<>(
        imageId, new VectorSerde().serializer().serialize("", vector), headers, Instant.EPOCH);
  }

  /** Matching is no part of this test. */
  private static final class Unused<A, B, C, D> extends ContextualProcessor<A, B, C, D> {
    @Override
    public void process(Record<A, B> record) {
      throw new IllegalStateException("nothing for matching here");
    }
  }
}
