package io.semblance.topology;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.configuration.MemorySize;
import io.semblance.api.ApiLimits;
import io.semblance.api.EmbeddingFault;
import io.semblance.embedding.EmbeddingOptions;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.TextOptions;
import io.semblance.embedding.TextPipeline;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.Topics;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.MatchStores;
import io.semblance.match.PolledProbes;
import io.semblance.search.SearchOptions;
import io.semblance.search.Settings;
import io.semblance.search.ShardCount;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.IndexStoreOptions;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.IndexOptions;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.StreamsConfig;

/** Makes the parts of the service from its configuration, once each. */
@ApplicationScoped
class Components {
  private static final String DEFAULT_MODEL = "src/main/models/semblance-copy-160";

  private static final int BYTES_LIMIT = 1 << 30;

  private final SemblanceConfiguration configuration;

  Components(SemblanceConfiguration configuration) {
    this.configuration = configuration;
  }

  ModelOptions modelOptions() {
    SemblanceConfiguration.Model model = configuration.model();
    return new ModelOptions(
        model.directory().orElseGet(this::defaultModel),
        model.engine(),
        InferenceDevice.parse(model.device()),
        model.threads());
  }

  private Path defaultModel() {
    Path home = configuration.home();
    Path shipped = home.resolve("models").resolve("semblance-copy-160");
    return Files.isDirectory(shipped) ? shipped : home.resolve(DEFAULT_MODEL);
  }

  /** One bean owns what is closed in a fixed order: the container closes beans in any. */
  @Produces
  @Singleton
  EmbeddingResources embeddingResources(ImageDecoder decoder, MeterRegistry registry) {
    ModelOptions options = modelOptions();
    EmbeddingModel model = EmbeddingModels.load(options);
    Optional<TextPipeline> texts;
    try {
      texts = texts(options, registry);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
    ImageFetcher fetcher = fetcher();
    return new EmbeddingResources(
        pipeline(model, fetcher, decoder, texts, registry), fetcher, model, texts);
  }

  private Optional<TextPipeline> texts(ModelOptions model, MeterRegistry registry) {
    TextOptions options = textOptions();
    return configuration.model().texts() && EmbeddingModels.hasTexts(model)
        ? Optional.of(new TextPipeline(EmbeddingModels.loadText(model), options, registry))
        : Optional.empty();
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
  EmbeddingModel model(EmbeddingResources resources) {
    return resources.model();
  }

  @Produces
  @Singleton
  EmbeddingPipeline pipeline(EmbeddingResources resources) {
    return resources.pipeline();
  }

  @Produces
  @Singleton
  ModelDescription modelDescription(EmbeddingModel model) {
    return model.description();
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
      EmbeddingModel model,
      ImageFetcher fetcher,
      ImageDecoder decoder,
      Optional<TextPipeline> texts,
      MeterRegistry registry) {
    return new EmbeddingPipeline(model, fetcher, decoder, texts, embeddingOptions(), registry);
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
  EmbeddingMetadataCodec codec(ModelDescription model) {
    return new EmbeddingMetadataCodec(model.id(), model.version(), model.fingerprint());
  }

  @Produces
  @Singleton
  EmbeddingRows rows(ModelDescription model, EmbeddingMetadataCodec codec) {
    return new EmbeddingRows(model.id(), model.fingerprint(), model.dimension(), codec);
  }

  @Produces
  @Singleton
  IndexStoreOptions storeOptions(ModelDescription model) {
    SemblanceConfiguration.Index index = configuration.index();
    Settings.requireMultiple(
        "semblance.index.rows-per-segment",
        index.rowsPerSegment(),
        IndexOptions.ROWS_PER_BLOCK,
        IndexOptions.ROWS_PER_SEGMENT_MAX);
    return new IndexStoreOptions(
        new IndexOptions(model.dimension(), index.rowsPerSegment()),
        model.fingerprint(),
        index.snapshotIntervalMin(),
        index.snapshotChangesMin(),
        index.snapshotIntervalMax(),
        index.snapshotAgeMax(),
        index.preloadVectors());
  }

  @Produces
  @Singleton
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
  ShardCount shardCount(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
    return new PartitionCount(kafka, Topics.IMAGE_EMBEDDINGS)::getAsInt;
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
        MatchStores.INDEX,
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
