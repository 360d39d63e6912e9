package io.semblance.topology;

import io.semblance.embedding.EmbedProcessor;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.Topics;
import io.semblance.match.GatherProcessor;
import io.semblance.match.IndexProcessor;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.MatchStores;
import io.semblance.match.PolledProbes;
import io.semblance.match.ShardSearchProcessor;
import io.semblance.search.ShardCount;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.StoreOptions;
import io.semblance.store.VectorIndexStoreBuilder;
import io.semblance.stream.StreamThreadProgress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.Topology;

/** Gives Quarkus's Kafka Streams extension the topology and its clients. */
@ApplicationScoped
class TopologyProducer {
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
      StoreOptions storeOptions,
      MatchOptions matchOptions,
      MatchMetrics metrics,
      ShardCount shardCount) {
    Processors processors =
        new Processors(
            () ->
                new EmbedProcessor(
                    pipeline, prefetcher, model, progress, configuration.embedding().timeLimit()),
            () ->
                new IndexProcessor(
                    rows, matchOptions.threshold(), shardCount::get, progress, metrics),
            () -> new ShardSearchProcessor(matchOptions, codec, polledProbes, progress, metrics),
            () -> new GatherProcessor(matchOptions, progress, metrics));
    return SemblanceTopology.build(
        processors,
        new VectorIndexStoreBuilder(
            MatchStores.INDEX, Topics.IMAGE_EMBEDDINGS, rows, storeOptions));
  }

  @Produces
  @Singleton
  KafkaClientSupplier clients(
      EmbeddingPrefetcher prefetcher, PolledProbes polledProbes, StreamThreadProgress progress) {
    return new PollingClientSupplier(List.of(progress, prefetcher, polledProbes));
  }
}
