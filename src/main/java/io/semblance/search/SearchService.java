package io.semblance.search;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.vector.SearchHit;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Searches the whole index of a model, wherever its shards are, and says on which of them an answer
 * rests. Every call blocks until it has its answer. Safe for use by several threads.
 */
@Singleton
public final class SearchService {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final double LENGTH_TOLERANCE = 1e-4;

  /** The meters' tag: the model's name. */
  private static final String MODEL = "model";

  private final SearchedModels models;
  private final RowLookup rows;
  private final StreamsAvailability availability;
  private final SearchOptions options;
  private final Semaphore searches;
  private final MeterProvider<Timer> searchTimer;
  private final MeterProvider<Timer> scatterTimer;
  private final MeterProvider<Counter> partialAnswers;

  @Inject
  SearchService(
      SearchedModels models,
      StreamsAvailability availability,
      SearchOptions options,
      MeterRegistry meters) {
    this.models = models;
    rows = new RowLookup(models);
    this.availability = availability;
    this.options = options;
    searches = new Semaphore(options.concurrentSearchesMax());
    searchTimer =
        Timer.builder("semblance.search")
            .description("Whole searches, embedding included")
            .publishPercentileHistogram()
            .withRegistry(meters);
    scatterTimer =
        Timer.builder("semblance.search.scatter")
            .description("Asking all shards for one search")
            .publishPercentileHistogram()
            .withRegistry(meters);
    partialAnswers =
        Counter.builder("semblance.search.partial")
            .description("Answers that lack shards")
            .withRegistry(meters);
  }

  /**
   * Returns the model of a name; the one that near-duplicates are told by if there is no name.
   *
   * @throws SearchException if there is none of that name
   */
  public ModelSummary model(@Nullable String name) {
    return models.named(name).summary();
  }

  /**
   * Refuses texts where no model has a text tower.
   *
   * @throws SearchException naming the remedy
   */
  public void requireTexts() {
    models.forTexts(null);
  }

  /** Returns the most results that one search may ask for. */
  public int resultsMax() {
    return options.resultsMax();
  }

  /**
   * Searches the index.
   *
   * @throws SearchException if there is no answer, not even a partial one
   */
  public SearchAnswer search(SearchQuery query, SearchParameters parameters) {
    return search(
        parameters,
        () ->
            switch (query) {
              case SearchQuery.ByVector(float[] vector) -> findLike(vector, parameters);
              case SearchQuery.ByText(String text) -> findDescribed(text, parameters);
              case SearchQuery.ById(String imageId) -> findLike(imageId, parameters);
              case SearchQuery.ByImage(byte[] bytes) -> findLike(bytes, parameters);
            });
  }

  /**
   * Searches for near-duplicates of an indexed image: as by its id, with the match threshold of the
   * model whose index is searched unless {@code parameters} have one.
   *
   * @throws SearchException if there is no answer, not even a partial one
   */
  public SearchAnswer matches(String imageId, SearchParameters parameters) {
    return search(
        parameters,
        () -> {
          RowLookup.FoundRow found = requireRow(imageId, parameters.tenant(), parameters.model());
          return findLike(
              found,
              parameters.threshold() == null
                  ? parameters.withThreshold(found.model().index().model().matchThreshold())
                  : parameters);
        });
  }

  private SearchAnswer search(SearchParameters parameters, Supplier<SearchAnswer> found) {
    availability.requireReady();
    validate(parameters);
    long started = System.nanoTime();
    SearchAnswer answer = found.get();
    String model = answer.model().name();
    searchTimer.withTag(MODEL, model).record(Duration.ofNanos(System.nanoTime() - started));
    if (answer.partial()) {
      partialAnswers.withTag(MODEL, model).increment();
    }
    return answer;
  }

  /**
   * Returns what is known of an image.
   *
   * @param model the name of the model whose index is asked; null for the first that holds it
   * @param withVector whether to return its vector too
   * @throws SearchException if {@code tenant} has no such image, or its shard does not answer
   */
  public IndexedImage image(
      String imageId, String tenant, @Nullable String model, boolean withVector) {
    RowLookup.FoundRow found = requireRow(imageId, tenant, model);
    EmbeddingMetadata metadata = found.metadata();
    return new IndexedImage(
        imageId,
        tenant,
        metadata.upload().category(),
        metadata.upload().time(),
        metadata.upload().eventId(),
        metadata.upload().source(),
        metadata.upload().extensions(),
        metadata.contentHash(),
        metadata.width(),
        metadata.height(),
        metadata.lowInformation(),
        found.shard(),
        found.model().summary(),
        withVector ? found.row().vector() : null);
  }

  /**
   * Returns the tenant that an image id belongs to; empty if no index that answers holds such an
   * image. A text's is not known while all indexes that hold texts alone are away.
   *
   * @throws SearchException if its shard of the matching index does not answer
   */
  public Optional<String> ownerOf(String imageId) {
    availability.requireReady();
    return rows.findKnown(imageId).map(found -> found.row().tenant());
  }

  private SearchAnswer findLike(float[] vector, SearchParameters parameters) {
    SearchedModel model = models.named(parameters.model());
    return find(
        model, queryVector(vector, model.index().model()), parameters, Set.of(), null, null);
  }

  private SearchAnswer findDescribed(String text, SearchParameters parameters) {
    SearchedModel model = models.forTexts(parameters.model());
    QueryText.require("text", text, options.textLengthMax());
    TextQueryEmbedder texts = model.texts().orElseThrow();
    float[] vector = texts.embed(List.of(text)).getFirst();
    SearchAnswer answer = find(model, vector, parameters, Set.of(), null, null);
    return texts.cuts(text) ? answer.toTruncatedText() : answer;
  }

  private SearchAnswer findLike(byte[] image, SearchParameters parameters) {
    SearchedModel model = models.named(parameters.model());
    ImageEmbedding embedding = model.images().embed(image);
    SearchAnswer.QueryImage queryImage =
        new SearchAnswer.QueryImage(embedding.contentHash(), embedding.width(), embedding.height());
    if (embedding.lowInformation()) {
      return lowInformation(model, queryImage);
    }
    return find(
        model, embedding.vector(), parameters, Set.of(), embedding.contentHash(), queryImage);
  }

  private SearchAnswer findLike(String imageId, SearchParameters parameters) {
    return findLike(requireRow(imageId, parameters.tenant(), parameters.model()), parameters);
  }

  private SearchAnswer findLike(RowLookup.FoundRow found, SearchParameters parameters) {
    EmbeddingMetadata metadata = found.metadata();
    SearchAnswer.QueryImage queryImage =
        new SearchAnswer.QueryImage(metadata.contentHash(), metadata.width(), metadata.height());
    if (!found.row().searchable() || metadata.lowInformation()) {
      return lowInformation(found.model(), queryImage);
    }
    return find(
        found.model(),
        found.row().vector(),
        parameters,
        Set.of(found.row().id()),
        metadata.contentHash(),
        queryImage);
  }

  private static SearchAnswer lowInformation(
      SearchedModel model, SearchAnswer.QueryImage queryImage) {
    return new SearchAnswer(
        SearchAnswer.Verdict.LOW_INFORMATION,
        List.of(),
        false,
        false,
        null,
        model.summary(),
        queryImage,
        null);
  }

  private SearchAnswer find(
      SearchedModel model,
      float[] vector,
      SearchParameters parameters,
      Set<String> excludedIds,
      @Nullable String contentHash,
      SearchAnswer.@Nullable QueryImage queryImage) {
    int total = model.shards().directory().shardCount();
    ShardSearch search =
        new ShardSearch(
            vector,
            parameters.k(),
            parameters.threshold(),
            parameters.tenant(),
            parameters.categories(),
            excludedIds);
    List<ShardAnswer<ShardHits>> answers = askAll(model, search);
    Coverage coverage = Coverage.of(total, answers);
    if (coverage.answered() == 0) {
      throw SearchException.unavailable(
          "no-shard-answers",
          "none of the %d shards answers: they may be moving between instances; try again"
              .formatted(total),
          RETRY_AFTER);
    }
    MergedHits merged = MergedHits.of(answers, parameters);
    List<SearchAnswer.Match> matches =
        merged.hits().stream().map(hit -> match(model, hit, contentHash)).toList();
    return new SearchAnswer(
        matches.isEmpty() ? SearchAnswer.Verdict.NO_MATCHES : SearchAnswer.Verdict.MATCHES,
        matches,
        merged.truncated(),
        coverage.isIncomplete(),
        coverage,
        model.summary(),
        queryImage,
        null);
  }

  private List<ShardAnswer<ShardHits>> askAll(SearchedModel model, ShardSearch search) {
    if (!searches.tryAcquire()) {
      throw new SearchException(
          SearchException.Reason.FULL,
          "searches-full",
          "%d searches are under way, the most at a time: try again"
              .formatted(options.concurrentSearchesMax()),
          RETRY_AFTER);
    }
    long started = System.nanoTime();
    try {
      return model.shards().search(search);
    } finally {
      searches.release();
      scatterTimer
          .withTag(MODEL, model.name())
          .record(Duration.ofNanos(System.nanoTime() - started));
    }
  }

  private static SearchAnswer.Match match(
      SearchedModel model, SearchHit hit, @Nullable String contentHash) {
    EmbeddingMetadata metadata = model.index().codec().decode(hit.payload());
    return new SearchAnswer.Match(
        hit.id(),
        hit.score(),
        metadata.contentHash().equals(contentHash),
        metadata.upload().time(),
        metadata.upload().category(),
        metadata.contentHash(),
        metadata.width(),
        metadata.height(),
        metadata.upload().isText() ? "text/plain" : null);
  }

  private RowLookup.FoundRow requireRow(String imageId, String tenant, @Nullable String model) {
    availability.requireReady();
    return rows.find(imageId, model)
        .filter(found -> found.row().tenant().equals(tenant))
        .orElseThrow(() ->
            model == null
                ? SearchException.notFound(imageId)
                : SearchException.notFound(imageId, models.named(model)));
  }

  private void validate(SearchParameters parameters) {
    if (parameters.k() < 1 || parameters.k() > options.resultsMax()) {
      throw SearchException.invalid(
          "invalid-k",
          "k is %d: ask for 1 to %d matches".formatted(parameters.k(), options.resultsMax()));
    }
    Float threshold = parameters.threshold();
    if (threshold != null && !(threshold >= -1 && threshold <= 1)) {
      throw SearchException.invalid(
          "invalid-threshold",
          "threshold is %s: a cosine lies between -1 and 1".formatted(threshold));
    }
    Float share = parameters.relativeThreshold();
    if (share != null && !(share >= 0 && share <= 1)) {
      throw SearchException.invalid(
          "invalid-relative-threshold",
          "relativeThreshold is %s: a share of the best similarity lies between 0 and 1"
              .formatted(share));
    }
    if (parameters.categories().size() > options.categoriesMax()) {
      throw SearchException.invalid(
          "too-many-categories",
          "%d categories: name at most %d"
              .formatted(parameters.categories().size(), options.categoriesMax()));
    }
  }

  /** A vector as it stands on an embeddings topic has length 1 and stays as it is. */
  private static float[] queryVector(float[] vector, ModelDescription model) {
    if (vector.length != model.dimension()) {
      throw SearchException.invalid(
          "invalid-vector",
          "the vector has %d components, those of model %s have %d"
              .formatted(vector.length, model.id(), model.dimension()));
    }
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    if (!Double.isFinite(squares) || squares == 0) {
      throw SearchException.invalid(
          "invalid-vector",
          "the vector is zero or has components that are no numbers: it has no direction");
    }
    if (Math.abs(squares - 1) < LENGTH_TOLERANCE) {
      return vector;
    }
    float[] scaled = new float[vector.length];
    double length = Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      scaled[i] = (float) (vector[i] / length);
    }
    return scaled;
  }
}
