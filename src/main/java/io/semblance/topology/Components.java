package io.semblance.topology;

import io.micrometer.core.instrument.MeterRegistry;
import io.semblance.embedding.EmbeddingOptions;
import io.semblance.embedding.EmbeddingPipeline;
import io.semblance.embedding.EmbeddingPrefetcher;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.match.MatchMetrics;
import io.semblance.match.MatchOptions;
import io.semblance.match.PolledProbes;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.StoreOptions;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.IndexOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Makes the parts of the service from its configuration, once each. */
@ApplicationScoped
class Components {
  private static final String DEFAULT_MODEL = "src/main/models/semblance-copy-160";
  private static final String HOME = "semblance.home";

  private final SemblanceConfiguration configuration;

  Components(SemblanceConfiguration configuration) {
    this.configuration = configuration;
  }

  @Produces
  @Singleton
  EmbeddingModel model() {
    SemblanceConfiguration.Model model = configuration.model();
    return EmbeddingModels.load(
        new ModelOptions(
            model.directory().orElseGet(Components::defaultModel),
            model.engine(),
            InferenceDevice.parse(model.device()),
            model.threads()));
  }

  private static Path defaultModel() {
    Path home = Path.of(System.getProperty(HOME, "."));
    Path shipped = home.resolve("models").resolve("semblance-copy-160");
    return Files.isDirectory(shipped) ? shipped : home.resolve(DEFAULT_MODEL);
  }

  void close(@Disposes EmbeddingModel model) {
    model.close();
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
        new ImageLimits(bytesMax(), image.pixelsMax(), image.scansMax()), image.applyOrientation());
  }

  @Produces
  @Singleton
  ImageFetcher fetcher() {
    SemblanceConfiguration.Image.Fetch fetch = configuration.image().fetch();
    return new ImageFetcher(
        new FetchRules(
            Set.copyOf(fetch.allowedHosts().orElse(List.of())),
            bytesMax(),
            fetch.timeLimit(),
            fetch.redirectsMax()));
  }

  void close(@Disposes ImageFetcher fetcher) {
    fetcher.close();
  }

  private int bytesMax() {
    return Math.toIntExact(configuration.image().bytesMax().asLongValue());
  }

  @Produces
  @Singleton
  EmbeddingPipeline pipeline(
      EmbeddingModel model, ImageFetcher fetcher, ImageDecoder decoder, MeterRegistry registry) {
    SemblanceConfiguration.Embedding embedding = configuration.embedding();
    int cores = Runtime.getRuntime().availableProcessors();
    return new EmbeddingPipeline(
        model,
        fetcher,
        decoder,
        new EmbeddingOptions(
            embedding.batchSizeMax(),
            embedding.batchDelayMax(),
            embedding.streamImagesMax(),
            embedding.interactiveImagesMax(),
            embedding.decodingThreads() == 0 ? cores : embedding.decodingThreads(),
            configuration.image().fetch().concurrencyMax()),
        registry);
  }

  void close(@Disposes EmbeddingPipeline pipeline) {
    pipeline.close();
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
  StoreOptions storeOptions(ModelDescription model) {
    SemblanceConfiguration.Index index = configuration.index();
    return new StoreOptions(
        new IndexOptions(model.dimension(), index.rowsPerSegment()), index.snapshotInterval());
  }

  @Produces
  @Singleton
  MatchOptions matchOptions(ModelDescription model) {
    SemblanceConfiguration.Match match = configuration.match();
    return new MatchOptions(
        match.threshold().orElse(model.matchThreshold()),
        match.matchesPerShardMax(),
        match.probesPerScanMax(),
        match.pairRetention());
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
}
