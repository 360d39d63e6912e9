package io.semblance.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in a topology, fed by its source topic. */
class VectorIndexStoreTopologyTest {
  private static final String TOPIC = "image-embeddings";
  private static final String STORE = "index";

  @TempDir Path stateDirectory;

  @Test
  void shouldHoldWhatItsTopicSays() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<String, byte[]> input = input(driver);

      input.pipeInput("a", vector(1, 0));
      input.pipeInput("b", vector(0.8f, 0.6f));
      input.pipeInput("a", vector(0, 1));
      input.pipeInput("c", vector(1, 0));
      input.pipeInput("c", (byte[]) null);

      VectorIndexStore store = (VectorIndexStore) driver.getStateStore(STORE);
      assertThat(ids(store)).containsExactly("b", "a");
      assertThat(store.getPosition().getPartitionPositions(TOPIC)).containsEntry(0, 4L);
    }
  }

  private static List<String> ids(VectorIndexStore store) {
    SearchRequest request =
        new SearchRequest(
            new float[] {1, 0},
            10,
            Float.NEGATIVE_INFINITY,
            new SearchFilter("", Set.of(), Set.of()),
            0);
    SearchResult result = store.search(List.of(request)).getFirst();
    return result.hits().stream().map(hit -> hit.id()).toList();
  }

  private TopologyTestDriver driver() {
    Topology topology = new Topology();
    IndexStoreOptions options =
        IndexStoreOptions.of(IndexOptions.ofDimension(2), "some-model", "model-one");
    topology.addReadOnlyStateStore(
        new VectorIndexStoreBuilder(STORE, options, VectorIndexStoreTopologyTest::decode),
        "embeddings",
        new StringDeserializer(),
        new ByteArrayDeserializer(),
        TOPIC,
        "insert",
        Insert::new);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    return new TopologyTestDriver(topology, properties);
  }

  private static TestInputTopic<String, byte[]> input(TopologyTestDriver driver) {
    return driver.createInputTopic(TOPIC, new StringSerializer(), new ByteArraySerializer());
  }

  private static EmbeddingRowDecoder.Decoded decode(ConsumerRecord<byte[], byte[]> record) {
    String id = new String(record.key(), StandardCharsets.UTF_8);
    byte[] value = record.value();
    return value == null
        ? new EmbeddingRowDecoder.Decoded.Deletion(id)
        : new EmbeddingRowDecoder.Decoded.Row(row(id, value));
  }

  private static IndexRow row(String id, byte[] value) {
    float[] vector = new float[value.length / Float.BYTES];
    ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return new IndexRow(id, vector, "", "", new byte[0], true);
  }

  private static byte[] vector(float... components) {
    ByteBuffer bytes =
        ByteBuffer.allocate(components.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(components);
    return bytes.array();
  }

  /** The processor that keeps the store, as small as can be. */
  private static final class Insert extends ContextualProcessor<String, byte[], Void, Void> {
    private @Nullable VectorIndexStore store;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      super.init(context);
      store = context.getStateStore(STORE);
      store.load();
    }

    @Override
    public void process(Record<String, byte[]> record) {
      RecordMetadata at = context().recordMetadata().orElseThrow();
      VectorIndexStore index = Objects.requireNonNull(store);
      byte[] value = record.value();
      if (value == null) {
        index.delete(record.key(), at.topic(), at.partition(), at.offset());
      } else {
        index.put(row(record.key(), value), at.topic(), at.partition(), at.offset());
      }
    }
  }
}
