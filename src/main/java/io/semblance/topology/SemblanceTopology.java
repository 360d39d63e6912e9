package io.semblance.topology;

import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.match.AlertProcessor;
import io.semblance.match.MatchStores;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The whole stream, in the order in which an upload passes through it.
 *
 * <ol>
 *   <li>An upload is embedded and its vector published to {@code image-embeddings}.
 *   <li>The partition of the embedding puts the vector into its shard of the index. {@code
 *       image-embeddings} is the log of that store: there is no second one.
 *   <li>After the insertion it sends a probe to <em>every</em> partition of {@code match-probes}.
 *   <li>Each shard answers the probe to {@code shard-matches}, keyed by the probed image.
 *   <li>The image's own partition gathers the answers and emits one alert.
 * </ol>
 *
 * <p>Steps 2 to 5 are one sub-topology: {@code image-embeddings}, {@code match-probes} and {@code
 * shard-matches} must have equally many partitions.
 *
 * <p>Each model for searches has an embeddings topic and an index of its own, as in steps 1 and 2,
 * and nothing else: one more sub-topology.
 */
final class SemblanceTopology {
  private static final String UPLOADS = "uploads";
  private static final String EMBED = "embed";
  static final String PUBLISH_EMBEDDING = "publish-embedding";
  private static final String EMBEDDINGS = "embeddings";
  private static final String INDEX = "index";
  private static final String SEND_PROBE = "send-probe";
  private static final String PROBES = "probes";
  private static final String SEARCH_SHARD = "search-shard";
  private static final String REPORT_MATCHES = "report-matches";
  private static final String REPORTS = "reports";
  private static final String GATHER = "gather";
  private static final String ALERT = "alert";
  private static final String PUBLISH_ALERT = "publish-alert";

  private SemblanceTopology() {}

  /** Connects every node, store and topic. */
  static Topology build(
      Processors processors, StoreBuilder<?> index, List<SearchIndexNode> searchIndexes) {
    Topology topology = new Topology();

    topology.addSource(
        UPLOADS, new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.IMAGE_UPLOADS);
    topology.addProcessor(EMBED, processors.embed(), UPLOADS);
    topology.addSink(
        PUBLISH_EMBEDDING,
        Topics.IMAGE_EMBEDDINGS,
        new StringSerializer(),
        new VectorSerde().serializer(),
        EMBED);

    topology.addReadOnlyStateStore(
        index,
        EMBEDDINGS,
        new StringDeserializer(),
        new ByteArrayDeserializer(),
        Topics.IMAGE_EMBEDDINGS,
        INDEX,
        forwarding(processors.index()));
    topology.addSink(
        SEND_PROBE,
        Topics.MATCH_PROBES,
        new StringSerializer(),
        new ByteArraySerializer(),
        toEveryPartition(),
        INDEX);

    topology.addSource(
        PROBES, new StringDeserializer(), new ByteArrayDeserializer(), Topics.MATCH_PROBES);
    topology.addProcessor(SEARCH_SHARD, processors.searchShard(), PROBES);
    topology.addSink(
        REPORT_MATCHES,
        Topics.SHARD_MATCHES,
        new StringSerializer(),
        new JsonSerde<>(ShardReport.class).serializer(),
        SEARCH_SHARD);

    addGathering(topology, processors);

    topology.connectProcessorAndStateStores(SEARCH_SHARD, MatchStores.INDEX);
    topology.connectProcessorAndStateStores(GATHER, MatchStores.INDEX);
    topology.addStateStore(MatchStores.pairs(), INDEX, SEARCH_SHARD, GATHER);
    topology.addStateStore(MatchStores.pendingProbes(), GATHER);

    // Last, so that the numbers of the sub-topologies above, which name directories, stay.
    searchIndexes.forEach(one -> addSearchIndex(topology, one));
    return topology;
  }

  private static void addGathering(Topology topology, Processors processors) {
    topology.addSource(
        REPORTS,
        new StringDeserializer(),
        new JsonSerde<>(ShardReport.class).deserializer(),
        Topics.SHARD_MATCHES);
    topology.addProcessor(GATHER, processors.gather(), REPORTS);
    topology.addProcessor(ALERT, AlertProcessor::new, GATHER);
    topology.addSink(
        PUBLISH_ALERT,
        Topics.MATCH_ALERTS,
        new StringSerializer(),
        new JsonSerde<>(MatchAlert.class).serializer(),
        ALERT);
  }

  private static void addSearchIndex(Topology topology, SearchIndexNode index) {
    topology.addSink(
        publishEmbedding(index.model()),
        index.topic(),
        new StringSerializer(),
        new VectorSerde().serializer(),
        EMBED);
    topology.addReadOnlyStateStore(
        index.store(),
        ofModel(EMBEDDINGS, index.model()),
        new StringDeserializer(),
        new ByteArrayDeserializer(),
        index.topic(),
        ofModel(INDEX, index.model()),
        index.processor());
  }

  /** Returns the node that publishes the embeddings of a model for searches. */
  static String publishEmbedding(String searchModel) {
    return ofModel(PUBLISH_EMBEDDING, searchModel);
  }

  private static String ofModel(String node, String searchModel) {
    return node + "-" + searchModel;
  }

  /**
   * A read-only store's processor is declared to forward nothing, which is a matter of its type
   * alone: the node may have children as any other. The cast lets it name what it forwards.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static ProcessorSupplier<String, byte[], Void, Void> forwarding(
      ProcessorSupplier<String, byte[], String, byte[]> supplier) {
    return (ProcessorSupplier) supplier;
  }

  private static StreamPartitioner<String, byte[]> toEveryPartition() {
    return (topic, key, value, partitions) ->
        Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.<Integer>toSet()));
  }
}
