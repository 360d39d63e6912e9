package io.semblance.topology;

import io.semblance.embedding.EmbedProcessor;
import io.semblance.embedding.EmbeddingOutput;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.match.GatherProcessor;
import io.semblance.match.IndexProcessor;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.PolledProbes;
import io.semblance.match.ShardSearchProcessor;
import io.semblance.search.ModelIndex;
import io.semblance.search.ModelIndexes;
import io.semblance.search.SearchIndexProcessor;
import io.semblance.store.EmbeddingRows;
import io.semblance.stream.StreamThreadProgress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.StoreBuilder;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Gives Quarkus's Kafka Streams extension the topology and its clients. */
@ApplicationScoped
class TopologyProducer {
  static final String TRANSACTION_TIMEOUT = "kafka-streams.producer.transaction.timeout.ms";

  /** Kafka Streams' own. */
  static final String DEFAULT_TRANSACTION_MILLIS = "10000";

  @Produces
  @Singleton
  Topology topology(
      SemblanceConfiguration configuration,
      EmbeddingPipeline pipeline,
      EmbeddingPrefetcher prefetcher,
      PolledProbes polledProbes,
      StreamThreadProgress progress,
      ModelIndexes indexes,
      IndexStores stores,
      MatchOptions matchOptions,
      MatchMetrics metrics,
      @ConfigProperty(name = TRANSACTION_TIMEOUT, defaultValue = DEFAULT_TRANSACTION_MILLIS)
          long transactionMillis) {
    requireLongerTransactions(transactionMillis, configuration.embedding().timeLimit());
    ModelIndex matching = indexes.matching();
    EmbeddingRows rows = IndexStores.rows(matching);
    List<EmbeddingOutput> outputs = indexes.all().stream().map(TopologyProducer::output).toList();
    Processors processors =
        new Processors(
            () ->
                new EmbedProcessor(
                    pipeline, prefetcher, outputs, progress, configuration.embedding().timeLimit()),
            () ->
                new IndexProcessor(
                    rows, matchOptions.threshold(), matching.shardCount()::get, progress, metrics),
            () ->
                new ShardSearchProcessor(
                    matchOptions, rows, matching.codec(), polledProbes, progress, metrics),
            () -> new GatherProcessor(matchOptions, matching.codec(), progress, metrics));
    List<SearchIndexNode> searchIndexes =
        indexes.forSearches().stream()
            .map(index -> searchIndex(index, stores.builder(index), progress))
            .toList();
    return SemblanceTopology.build(processors, stores.builder(matching), searchIndexes);
  }

  private static EmbeddingOutput output(ModelIndex index) {
    return index.isMatching()
        ? new EmbeddingOutput(
            index.name(),
            index.model(),
            EmbeddingHeaders.SOURCE,
            SemblanceTopology.PUBLISH_EMBEDDING)
        : new EmbeddingOutput(
            index.name(),
            index.model(),
            EmbeddingHeaders.source(index.name()),
            SemblanceTopology.publishEmbedding(index.name()));
  }

  private static SearchIndexNode searchIndex(
      ModelIndex index, StoreBuilder<?> store, StreamThreadProgress progress) {
    EmbeddingRows rows = IndexStores.rows(index);
    return new SearchIndexNode(
        index.name(), index.topic(), store, () -> new SearchIndexProcessor(index, rows, progress));
  }

  /** A transaction that the broker gives up during a wait would be done again, and so for ever. */
  static void requireLongerTransactions(long transactionMillis, Duration embeddingTimeLimit) {
    Duration transaction = Duration.ofMillis(transactionMillis);
    if (transaction.compareTo(embeddingTimeLimit) <= 0) {
      throw new IllegalArgumentException(
          "semblance.embedding.time-limit is %s, %s %s: the former must be shorter"
              .formatted(embeddingTimeLimit, TRANSACTION_TIMEOUT, transaction));
    }
  }

  @Produces
  @Singleton
  KafkaClientSupplier clients(
      EmbeddingPrefetcher prefetcher, PolledProbes polledProbes, StreamThreadProgress progress) {
    return new PollingClientSupplier(List.of(progress, prefetcher, polledProbes));
  }
}
