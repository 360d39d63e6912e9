package io.semblance.search;

import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.model.ModelDescription;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/** The models that can be searched by, and which one a request means. */
@Singleton
final class SearchedModels implements AutoCloseable {
  private final List<SearchedModel> all;

  @Inject
  SearchedModels(
      ModelIndexes indexes,
      EmbeddingResources resources,
      KafkaStreams streams,
      Peers peers,
      SearchOptions options) {
    List<SearchedModel> models = new ArrayList<>();
    for (ModelIndex index : indexes.all()) {
      LoadedModel loaded =
          resources.models().stream()
              .filter(one -> one.name().equals(index.name()))
              .findFirst()
              .orElseThrow();
      Duration timeLimit = options.embeddingTimeLimit();
      models.add(
          new SearchedModel(
              index,
              new IndexShards(
                  index, new StreamsShardDirectory(streams, index, options), peers, options),
              new PipelineQueryEmbedder(resources.pipeline(), index.name(), timeLimit),
              loaded
                  .texts()
                  .map(texts -> new PipelineTextEmbedder(texts, loaded.description(), timeLimit))));
    }
    all = List.copyOf(models);
  }

  SearchedModels(List<SearchedModel> all) {
    this.all = List.copyOf(all);
  }

  /** Returns every model, the one that near-duplicates are told by first. */
  List<SearchedModel> all() {
    return all;
  }

  /** Returns the model that near-duplicates are told by. */
  SearchedModel matching() {
    return all.getFirst();
  }

  /**
   * Returns the models whose indexes hold rows that the matching index does not: texts, where the
   * model that near-duplicates are told by has no text tower.
   */
  List<SearchedModel> beyondMatching() {
    return matching().texts().isPresent() ? List.of() : withTexts();
  }

  private List<SearchedModel> withTexts() {
    return all.stream().filter(model -> model.texts().isPresent()).toList();
  }

  /**
   * Returns a model by its name; the one that near-duplicates are told by if no name is given.
   *
   * @throws SearchException if there is none of that name
   */
  SearchedModel named(@Nullable String name) {
    if (name == null) {
      return matching();
    }
    return all.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            SearchException.invalid(
                "unknown-model",
                "there is no model \"%s\" here: name one of %s".formatted(name, names(all))));
  }

  /**
   * Returns the named model, or the first with a text tower if no name is given.
   *
   * @throws SearchException if there is none of that name, or it has no text tower
   */
  SearchedModel forTexts(@Nullable String name) {
    List<SearchedModel> able = withTexts();
    if (name == null && !able.isEmpty()) {
      return able.getFirst();
    }
    SearchedModel model = named(name);
    if (model.texts().isPresent()) {
      return model;
    }
    ModelDescription description = model.index().model();
    String remedy =
        able.isEmpty()
            ? "run a CLIP or SigLIP export with its text network and tokenizer.json, as semblance.search-models.NAME.directory beside it or as semblance.model.directory in its place, with its texts = true"
            : "name one that embeds texts: " + names(able);
    throw new SearchException(
        SearchException.Reason.UNSUPPORTED,
        "model-without-texts",
        "the model %s, version %s, embeds pictures alone, so that no text can be compared with them: %s"
            .formatted(description.id(), description.version(), remedy));
  }

  private static String names(List<SearchedModel> models) {
    return models.stream().map(SearchedModel::name).collect(Collectors.joining(", "));
  }

  @Override
  @PreDestroy
  public void close() {
    all.forEach(model -> model.shards().close());
  }
}
