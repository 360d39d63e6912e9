package io.semblance.topology;

import io.micrometer.core.instrument.MeterRegistry;
import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.TextOptions;
import io.semblance.embedding.TextPipeline;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.InvalidModelException;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.NumericFormat;
import io.semblance.search.ModelIndex;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Loads the models that the configuration names: the one for matching, and those for searches. */
final class ConfiguredModels {
  /** Most models for searches: each embeds every upload. */
  static final int SEARCH_MODELS_MAX = 8;

  private static final Logger LOG = System.getLogger(ConfiguredModels.class.getName());
  private static final String MATCHING_MODEL = "semblance.model.";
  private static final String SEARCH_MODELS = "semblance.search-models.";
  private static final String DEFAULT_MODEL = "src/main/models/semblance-copy-160";

  /** Part of a topic's name and of a Kubernetes resource's. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?");

  private final SemblanceConfiguration configuration;
  private final TextOptions textOptions;
  private final MeterRegistry registry;

  ConfiguredModels(
      SemblanceConfiguration configuration, TextOptions textOptions, MeterRegistry registry) {
    this.configuration = configuration;
    this.textOptions = textOptions;
    this.registry = registry;
  }

  /**
   * Loads the models.
   *
   * @return the model for matching, then those for searches in the order of their names; to be
   *     closed by the caller
   * @throws IllegalArgumentException naming the property that is wrong
   * @throws io.semblance.embedding.model.InvalidModelException if a model cannot be used
   */
  List<LoadedModel> load() {
    Map<String, SemblanceConfiguration.SearchModel> searchModels =
        new TreeMap<>(configuration.searchModels());
    requireSound(configuration);
    List<LoadedModel> models = new ArrayList<>();
    try {
      SemblanceConfiguration.Model matching = configuration.model();
      Path directory = directory(configuration);
      models.add(load(LoadedModel.MATCHING, directory, matching));
      searchModels.forEach((name, model) -> {
        models.add(naming(name, () -> load(name, model.directory(), model)));
        requireAnother(models);
      });
      return models;
    } catch (RuntimeException e) {
      EmbeddingResources.closeAll(models, e);
      throw e;
    }
  }

  /**
   * Checks the properties of all models, without loading one.
   *
   * @throws IllegalArgumentException naming the property that is wrong
   */
  static void requireSound(SemblanceConfiguration configuration) {
    requireSense(configuration.searchModels());
    options(directory(configuration), configuration.model());
    new TreeMap<>(configuration.searchModels())
        .forEach((name, model) -> naming(name, () -> options(model.directory(), model)));
  }

  /** Returns by what the properties begin that choose the model of an index. */
  static String properties(ModelIndex index) {
    return index.isMatching() ? MATCHING_MODEL : SEARCH_MODELS + index.name() + ".";
  }

  private static Path directory(SemblanceConfiguration configuration) {
    return configuration.model().directory().orElseGet(() -> defaultModel(configuration));
  }

  private static Path defaultModel(SemblanceConfiguration configuration) {
    Path home = configuration.home();
    Path shipped = home.resolve("models").resolve("semblance-copy-160");
    return Files.isDirectory(shipped) ? shipped : home.resolve(DEFAULT_MODEL);
  }

  private static void requireSense(Map<String, SemblanceConfiguration.SearchModel> searchModels) {
    if (searchModels.size() > SEARCH_MODELS_MAX) {
      throw new IllegalArgumentException(
          "semblance.search-models has %d models: at most %d are allowed, since each embeds every upload"
              .formatted(searchModels.size(), SEARCH_MODELS_MAX));
    }
    searchModels.forEach((name, model) -> {
      if (!NAME.matcher(name).matches() || name.equals(LoadedModel.MATCHING)) {
        throw new IllegalArgumentException(
            "%s%s: a model's name has up to 32 letters a to z, digits and inner hyphens, and is not \"%s\", which is that of semblance.model"
                .formatted(SEARCH_MODELS, name, LoadedModel.MATCHING));
      }
      if (!Files.isDirectory(model.directory())) {
        throw new IllegalArgumentException(
            "%s%s.directory is \"%s\": there is no such folder; name that of a model"
                .formatted(SEARCH_MODELS, name, model.directory()));
      }
    });
  }

  /** Two indexes of one model would be the same; instances know indexes by the model. */
  private static void requireAnother(List<LoadedModel> models) {
    LoadedModel last = models.getLast();
    for (LoadedModel earlier : models.subList(0, models.size() - 1)) {
      if (earlier.description().fingerprint().equals(last.description().fingerprint())) {
        throw new IllegalArgumentException(
            "%s%s is the same model as \"%s\": leave it out, and let requests name \"%s\""
                .formatted(SEARCH_MODELS, last.name(), earlier.name(), earlier.name()));
      }
    }
  }

  /** Failures to load a model name the properties of {@code semblance.model}: says whose it is. */
  private static <T> T naming(String searchModel, Supplier<T> loading) {
    try {
      return loading.get();
    } catch (InvalidModelException e) {
      throw inPlaceOf(e, new InvalidModelException(renamed(e, searchModel)));
    } catch (IllegalArgumentException e) {
      throw inPlaceOf(e, new IllegalArgumentException(renamed(e, searchModel)));
    }
  }

  /** Not its cause: of all causes the innermost that names a property is what people are told. */
  private static <E extends RuntimeException> E inPlaceOf(RuntimeException failure, E renamed) {
    renamed.initCause(failure.getCause());
    renamed.setStackTrace(failure.getStackTrace());
    for (Throwable suppressed : failure.getSuppressed()) {
      renamed.addSuppressed(suppressed);
    }
    return renamed;
  }

  private static String renamed(RuntimeException failure, String searchModel) {
    return String.valueOf(failure.getMessage())
        .replace(MATCHING_MODEL, SEARCH_MODELS + searchModel + ".");
  }

  private LoadedModel load(
      String name, Path directory, SemblanceConfiguration.Inference inference) {
    ModelOptions options = options(directory, inference);
    ModelPackage read = ModelPackage.read(options); // once: what is inferred is logged
    if (name.equals(LoadedModel.MATCHING) && read.manifest().matchThreshold() == null) {
      LOG.log(
          Level.INFO,
          "{0} names no \"matchThreshold\": near-duplicates are told at {1}, which nobody measured",
          directory,
          read.description().matchThreshold());
    }
    EmbeddingModel model = EmbeddingModels.load(read, options);
    try {
      return new LoadedModel(name, model, texts(name, inference, read, options));
    } catch (RuntimeException e) {
      EmbeddingResources.closeAll(List.of(model), e);
      throw e;
    }
  }

  private static ModelOptions options(Path directory, SemblanceConfiguration.Inference inference) {
    return new ModelOptions(
        directory,
        inference.engine(),
        InferenceDevice.parse(inference.device()),
        inference.threads(),
        NumericFormat.parse(inference.numericFormat()));
  }

  private Optional<TextPipeline> texts(
      String name,
      SemblanceConfiguration.Inference inference,
      ModelPackage model,
      ModelOptions options) {
    return inference.texts() && EmbeddingModels.hasTexts(model)
        ? Optional.of(
            new TextPipeline(name, EmbeddingModels.loadText(model, options), textOptions, registry))
        : Optional.empty();
  }
}
