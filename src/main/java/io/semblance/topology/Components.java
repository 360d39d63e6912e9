package io.semblance.topology;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.configuration.MemorySize;
import io.semblance.api.ApiLimits;
import io.semblance.api.EmbeddingFault;
import io.semblance.embedding.EmbeddingOptions;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.TextOptions;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.Topics;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.MatchStores;
import io.semblance.match.PolledProbes;
import io.semblance.search.ModelIndex;
import io.semblance.search.ModelIndexes;
import io.semblance.search.SearchOptions;
import io.semblance.search.Settings;
import io.semblance.stream.StreamThreadProgress;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.StreamsConfig;

/** Makes the parts of the service from its configuration, once each. */
@ApplicationScoped
class Components {
  private static final int BYTES_LIMIT = 1 << 30;

  private final SemblanceConfiguration configuration;

  Components(SemblanceConfiguration configuration) {
    this.configuration = configuration;
  }

  /** One bean owns what is closed in a fixed order: the container closes beans in any. */
  @Produces
  @Singleton
  EmbeddingResources embeddingResources(ImageDecoder decoder, MeterRegistry registry) {
    List<LoadedModel> models = new ConfiguredModels(configuration, textOptions(), registry).load();
    List<AutoCloseable> opened = new ArrayList<>(models);
    try {
      ImageFetcher fetcher = fetcher();
      opened.addFirst(fetcher);
      return new EmbeddingResources(pipeline(models, fetcher, decoder, registry), fetcher, models);
    } catch (RuntimeException e) {
      EmbeddingResources.closeAll(opened, e);
      throw e;
    }
  }

  TextOptions textOptions() {
    SemblanceConfiguration.Embedding embedding = configuration.embedding();
    int textsMax = embedding.interactiveTextsMax();
    // Of a classification's labels all or none find room.
    Settings.requireRange(
        "semblance.search.labels-max", configuration.search().labelsMax(), textsMax);
    return new TextOptions(
        embedding.textBatchSizeMax(),
        embedding.batchDelayMax(),
        textsMax,
        embedding.textLengthMax());
  }

  void close(@Disposes EmbeddingResources resources) {
    resources.close();
  }

  @Produces
  @Singleton
  EmbeddingPipeline pipeline(EmbeddingResources resources) {
    return resources.pipeline();
  }

  @Produces
  @Singleton
  ModelIndexes indexes(
      EmbeddingResources resources, @Identifier("default-kafka-broker") Map<String, Object> kafka) {
    return new ModelIndexes(resources.models().stream().map(model -> index(model, kafka)).toList());
  }

  private static ModelIndex index(LoadedModel model, Map<String, Object> kafka) {
    boolean matching = model.name().equals(LoadedModel.MATCHING);
    String topic = matching ? Topics.IMAGE_EMBEDDINGS : Topics.imageEmbeddings(model.name());
    return new ModelIndex(
        model.name(),
        model.description(),
        topic,
        matching ? MatchStores.INDEX : MatchStores.INDEX + "-" + model.name(),
        new PartitionCount(kafka, topic)::getAsInt);
  }

  @Produces
  @Singleton
  ImageDecoder decoder() {
    SemblanceConfiguration.Image image = configuration.image();
    return new ImageDecoder(
        new ImageLimits(
            bytesMax(),
            image.pixelsMax(),
            image.scansMax(),
            image.decodingBytesMax().asLongValue()),
        image.applyOrientation(),
        image.transparency());
  }

  private ImageFetcher fetcher() {
    return new ImageFetcher(fetchRules(), configuration.image().fetch().concurrencyMax());
  }

  FetchRules fetchRules() {
    SemblanceConfiguration.Image.Fetch fetch = configuration.image().fetch();
    return new FetchRules(
        Set.copyOf(fetch.allowedHosts().orElse(List.of())),
        bytesMax(),
        fetch.timeLimit(),
        fetch.redirectsMax());
  }

  private int bytesMax() {
    return bytes("semblance.image.bytes-max", configuration.image().bytesMax());
  }

  /** A message of Kafka or HTTP is an array, and has a head beside its bytes. */
  private static int bytes(String property, MemorySize size) {
    Settings.requireRange(property, size.asLongValue(), BYTES_LIMIT);
    return Math.toIntExact(size.asLongValue());
  }

  private EmbeddingPipeline pipeline(
      List<LoadedModel> models,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      MeterRegistry registry) {
    return new EmbeddingPipeline(models, fetcher, decoder, embeddingOptions(), registry);
  }

  EmbeddingOptions embeddingOptions() {
    SemblanceConfiguration.Embedding embedding = configuration.embedding();
    int cores = Runtime.getRuntime().availableProcessors();
    return new EmbeddingOptions(
        embedding.batchSizeMax(),
        embedding.batchDelayMax(),
        embedding.streamImagesMax(),
        embedding.interactiveImagesMax(),
        embedding.decodingThreads() == 0 ? cores : embedding.decodingThreads(),
        configuration.image().fetch().concurrencyMax(),
        embedding.encodedBytesMax().asLongValue());
  }

  @Produces
  @Singleton
  EmbeddingFault embeddingFault(EmbeddingPipeline pipeline) {
    return () -> pipeline.failure().map(failure -> String.valueOf(failure.getMessage()));
  }

  @Produces
  @Singleton
  EmbeddingPrefetcher prefetcher(EmbeddingPipeline pipeline) {
    return new EmbeddingPrefetcher(pipeline);
  }

  @Produces
  @Singleton
  MatchOptions matchOptions(ModelIndexes indexes) {
    return matchOptions(indexes.matching().model());
  }

  MatchOptions matchOptions(ModelDescription model) {
    SemblanceConfiguration.Match match = configuration.match();
    return new MatchOptions(
        match.threshold().orElse(model.matchThreshold()),
        match.matchesPerShardMax(),
        match.probesPerScanMax(),
        match.pairRetention(),
        match.pairsPerShardMax(),
        match.gatherTimeLimit());
  }

  @Produces
  @Singleton
  MatchMetrics matchMetrics(MeterRegistry registry) {
    return new MatchMetrics(registry);
  }

  @Produces
  @Singleton
  PolledProbes polledProbes() {
    return new PolledProbes();
  }

  @Produces
  @Singleton
  StreamThreadProgress progress() {
    return new StreamThreadProgress();
  }

  @Produces
  @Singleton
  SearchOptions searchOptions(StreamsConfig streams) {
    return searchOptions(streams.getString(StreamsConfig.APPLICATION_SERVER_CONFIG));
  }

  SearchOptions searchOptions(String self) {
    SemblanceConfiguration.Search search = configuration.search();
    return new SearchOptions(
        self,
        search.connectTimeLimit(),
        search.attemptTimeLimit(),
        search.timeLimit(),
        configuration.embedding().timeLimit(),
        search.resultsMax(),
        search.categoriesMax(),
        search.textLengthMax(),
        search.labelsMax(),
        search.concurrentMax(),
        search.standbyLagMax(),
        bytes("semblance.search.peer-message-bytes-max", search.peerMessageBytesMax()));
  }

  @Produces
  @Singleton
  ApiLimits apiLimits() {
    SemblanceConfiguration.Api api = configuration.api();
    return new ApiLimits(
        bytesMax(),
        bytes("semblance.api.json-bytes-max", api.jsonBytesMax()),
        api.concurrentImagesMax(),
        api.tenantLengthMax(),
        api.dataReferenceLengthMax(),
        api.resultsDefault(),
        api.uploadTimeLimit(),
        api.alertClientsMax(),
        api.alertHeartbeat());
  }
}
