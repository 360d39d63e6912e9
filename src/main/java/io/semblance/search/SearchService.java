package io.semblance.search;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchHit;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Searches the whole index, wherever its shards are, and says on which of them an answer rests.
 * Every call blocks until it has its answer. Safe for use by several threads.
 */
@Singleton
public final class SearchService implements AutoCloseable {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final double LENGTH_TOLERANCE = 1e-4;

  private final ShardDirectory directory;
  private final Peers peers;
  private final Scatter scatter;
  private final QueryEmbedder embedder;
  private final TextQueryEmbedder texts;
  private final StreamsAvailability availability;
  private final ModelDescription model;
  private final EmbeddingMetadataCodec codec;
  private final SearchOptions options;
  private final Semaphore searches;
  private final Timer searchTimer;
  private final Timer scatterTimer;
  private final Counter partialAnswers;

  @Inject
  SearchService(
      ShardDirectory directory,
      Peers peers,
      QueryEmbedder embedder,
      TextQueryEmbedder texts,
      StreamsAvailability availability,
      ModelDescription model,
      EmbeddingMetadataCodec codec,
      SearchOptions options,
      MeterRegistry meters) {
    this.directory = directory;
    this.peers = peers;
    this.scatter = new Scatter(directory, options.timeLimit(), options.attemptTimeLimit());
    this.embedder = embedder;
    this.texts = texts;
    this.availability = availability;
    this.model = model;
    this.codec = codec;
    this.options = options;
    searches = new Semaphore(options.concurrentSearchesMax());
    searchTimer =
        Timer.builder("semblance.search")
            .description("Whole searches, embedding included")
            .publishPercentileHistogram()
            .register(meters);
    scatterTimer =
        Timer.builder("semblance.search.scatter")
            .description("Asking all shards for one search")
            .publishPercentileHistogram()
            .register(meters);
    partialAnswers =
        Counter.builder("semblance.search.partial")
            .description("Answers that lack shards")
            .register(meters);
  }

  /** Returns the model whose vectors the index holds. */
  public ModelSummary model() {
    return ModelSummary.of(model);
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
    availability.requireReady();
    validate(parameters);
    long started = System.nanoTime();
    SearchAnswer answer =
        switch (query) {
          case SearchQuery.ByVector(float[] vector) ->
              find(queryVector(vector), parameters, Set.of(), null, null);
          case SearchQuery.ByText(String text) ->
              find(textVector(text), parameters, Set.of(), null, null);
          case SearchQuery.ById(String imageId) -> findLike(imageId, parameters);
          case SearchQuery.ByImage(byte[] bytes) -> findLike(bytes, parameters);
        };
    searchTimer.record(Duration.ofNanos(System.nanoTime() - started));
    if (answer.partial()) {
      partialAnswers.increment();
    }
    return answer;
  }

  /**
   * Returns what the index knows of an image.
   *
   * @param withVector whether to return its vector too
   * @throws SearchException if {@code tenant} has no such image, or its shard does not answer
   */
  public IndexedImage image(String imageId, String tenant, boolean withVector) {
    FoundRow found = requireRow(imageId, tenant);
    EmbeddingMetadata metadata = codec.decode(found.row().payload());
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
        model(),
        withVector ? found.row().vector() : null);
  }

  /**
   * Returns the tenant that an image id belongs to; empty if the index holds no such image.
   *
   * @throws SearchException if its shard does not answer
   */
  public Optional<String> ownerOf(String imageId) {
    return row(imageId).map(found -> found.row().tenant());
  }

  private SearchAnswer findLike(byte[] image, SearchParameters parameters) {
    ImageEmbedding embedding = embedder.embed(image);
    SearchAnswer.QueryImage queryImage =
        new SearchAnswer.QueryImage(embedding.contentHash(), embedding.width(), embedding.height());
    if (embedding.lowInformation()) {
      return lowInformation(queryImage);
    }
    return find(embedding.vector(), parameters, Set.of(), embedding.contentHash(), queryImage);
  }

  private SearchAnswer findLike(String imageId, SearchParameters parameters) {
    IndexRow row = requireRow(imageId, parameters.tenant()).row();
    EmbeddingMetadata metadata = codec.decode(row.payload());
    SearchAnswer.QueryImage queryImage =
        new SearchAnswer.QueryImage(metadata.contentHash(), metadata.width(), metadata.height());
    if (!row.searchable() || metadata.lowInformation()) {
      return lowInformation(queryImage);
    }
    return find(row.vector(), parameters, Set.of(imageId), metadata.contentHash(), queryImage);
  }

  private SearchAnswer lowInformation(SearchAnswer.QueryImage queryImage) {
    return new SearchAnswer(
        SearchAnswer.Verdict.LOW_INFORMATION, List.of(), false, false, null, model(), queryImage);
  }

  private SearchAnswer find(
      float[] vector,
      SearchParameters parameters,
      Set<String> excludedIds,
      @Nullable String contentHash,
      SearchAnswer.@Nullable QueryImage queryImage) {
    int total = directory.shardCount();
    ShardSearch search =
        new ShardSearch(
            vector,
            parameters.k(),
            parameters.threshold(),
            parameters.tenant(),
            parameters.categories(),
            excludedIds);
    List<ShardAnswer<ShardHits>> answers = askAll(total, search);
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
        merged.hits().stream().map(hit -> match(hit, contentHash)).toList();
    return new SearchAnswer(
        matches.isEmpty() ? SearchAnswer.Verdict.NO_MATCHES : SearchAnswer.Verdict.MATCHES,
        matches,
        merged.truncated(),
        coverage.isIncomplete(),
        coverage,
        model(),
        queryImage);
  }

  private List<ShardAnswer<ShardHits>> askAll(int total, ShardSearch search) {
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
      Set<Integer> shards = IntStream.range(0, total).boxed().collect(Collectors.toSet());
      return scatter.ask(
          shards,
          (instance, asked, timeLimit) ->
              peers.readerOf(instance).search(asked, search, timeLimit));
    } finally {
      searches.release();
      scatterTimer.record(Duration.ofNanos(System.nanoTime() - started));
    }
  }

  private SearchAnswer.Match match(SearchHit hit, @Nullable String contentHash) {
    EmbeddingMetadata metadata = codec.decode(hit.payload());
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

  private record FoundRow(IndexRow row, int shard) {}

  private FoundRow requireRow(String imageId, String tenant) {
    return row(imageId)
        .filter(found -> found.row().tenant().equals(tenant))
        .orElseThrow(() -> SearchException.notFound(imageId));
  }

  private Optional<FoundRow> row(String imageId) {
    availability.requireReady();
    int shard = directory.shardOf(imageId);
    List<ShardAnswer<Optional<IndexRow>>> answers =
        scatter.ask(
            Set.of(shard),
            (instance, asked, timeLimit) ->
                peers.readerOf(instance).row(shard, imageId, timeLimit));
    if (answers.isEmpty()) {
      throw SearchException.unavailable(
          "shard-unavailable",
          "shard %d, where \"%s\" belongs, does not answer: it may be moving; try again"
              .formatted(shard, imageId),
          RETRY_AFTER);
    }
    return answers.getFirst().value().map(row -> new FoundRow(row, shard));
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

  private float[] textVector(String text) {
    QueryText.require("text", text, options.textLengthMax());
    return texts.embed(List.of(text)).getFirst();
  }

  /** A vector as it stands on {@code image-embeddings} has length 1 and stays as it is. */
  private float[] queryVector(float[] vector) {
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

  @Override
  @PreDestroy
  public void close() {
    scatter.close();
  }
}
