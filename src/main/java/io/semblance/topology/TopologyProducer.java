package io.semblance.topology;

import io.semblance.embedding.EmbedProcessor;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.match.GatherProcessor;
import io.semblance.match.IndexProcessor;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.MatchStores;
import io.semblance.match.PolledProbes;
import io.semblance.match.ShardSearchProcessor;
import io.semblance.search.ShardCount;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.IndexStoreOptions;
import io.semblance.store.VectorIndexStoreBuilder;
import io.semblance.stream.StreamThreadProgress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.Topology;
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
      ModelDescription model,
      EmbeddingMetadataCodec codec,
      EmbeddingRows rows,
      IndexStoreOptions storeOptions,
      MatchOptions matchOptions,
      MatchMetrics metrics,
      ShardCount shardCount,
      @ConfigProperty(name = TRANSACTION_TIMEOUT, defaultValue = DEFAULT_TRANSACTION_MILLIS)
          long transactionMillis) {
    requireLongerTransactions(transactionMillis, configuration.embedding().timeLimit());
    Processors processors =
        new Processors(
            () ->
                new EmbedProcessor(
                    pipeline, prefetcher, model, progress, configuration.embedding().timeLimit()),
            () ->
                new IndexProcessor(
                    rows, matchOptions.threshold(), shardCount::get, progress, metrics),
            () ->
                new ShardSearchProcessor(
                    matchOptions, rows, codec, polledProbes, progress, metrics),
            () -> new GatherProcessor(matchOptions, codec, progress, metrics));
    return SemblanceTopology.build(
        processors, new VectorIndexStoreBuilder(MatchStores.INDEX, storeOptions, rows));
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
