package io.semblance.search;

import io.semblance.store.RowQuery;
import io.semblance.store.SimilarityQuery;
import io.semblance.store.StatisticsQuery;
import io.semblance.store.StoreStatistics;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.query.FailureReason;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.StateQueryRequest;

/**
 * Asks this instance's shards of one index, on the caller's thread. A shard that this instance owns
 * answers once it is restored; a standby copy, or one still being restored, only if it lags little.
 */
final class LocalShardReader implements ShardReader {
  private static final Logger LOG = System.getLogger(LocalShardReader.class.getName());

  private final KafkaStreams streams;
  private final ModelIndex index;
  private final SearchOptions options;
  private final StandbyLags lags;
  private final ShardWarnings warnings = ShardWarnings.to(LOG);

  LocalShardReader(KafkaStreams streams, ModelIndex index, SearchOptions options) {
    this.streams = streams;
    this.index = index;
    this.options = options;
    this.lags =
        new StandbyLags(
            () -> streams.allLocalStorePartitionLags(), index.store(), options.attemptTimeLimit());
  }

  @Override
  public List<ShardAnswer<ShardHits>> search(
      Set<Integer> shards, ShardSearch search, Duration timeLimit) {
    Float threshold = search.threshold();
    SearchRequest request =
        new SearchRequest(
            search.vector(),
            search.limit(),
            threshold == null ? Float.NEGATIVE_INFINITY : threshold,
            new SearchFilter(search.tenant(), search.categories(), search.excludedIds()),
            0);
    List<ShardAnswer<ShardHits>> answers = new ArrayList<>();
    for (ShardAnswer<List<SearchResult>> answer :
        ask(new SimilarityQuery(List.of(request)), shards)) {
      SearchResult result = answer.value().getFirst();
      answers.add(
          new ShardAnswer<>(
              answer.shard(), answer.active(), new ShardHits(result.hits(), result.truncated())));
    }
    return answers;
  }

  @Override
  public List<ShardAnswer<Optional<IndexRow>>> row(int shard, String imageId, Duration timeLimit) {
    return ask(new RowQuery(imageId), Set.of(shard));
  }

  /** Returns what this instance holds of the index, ascending by number. */
  List<InstanceStatus.Shard> shards() {
    List<InstanceStatus.Shard> shards = new ArrayList<>();
    Set<Integer> all =
        IntStream.range(0, index.shardCount().get()).boxed().collect(Collectors.toSet());
    for (ShardAnswer<StoreStatistics> answer : ask(new StatisticsQuery(), all)) {
      shards.add(shard(answer));
    }
    shards.sort(Comparator.comparingInt(InstanceStatus.Shard::shard));
    return shards;
  }

  private InstanceStatus.Shard shard(ShardAnswer<StoreStatistics> answer) {
    StoreStatistics store = answer.value();
    return new InstanceStatus.Shard(
        index.name(),
        answer.shard(),
        answer.active(),
        store.index().liveRows(),
        Math.min(store.index().liveRows(), store.index().codedRows()),
        store.index().bytes(),
        store.index().codeBytes(),
        store.index().vectorBytes(),
        store.index().deletedRows(),
        store.index().retainedRows(),
        store.index().rowsSearched(),
        store.index().rowsPastFirstSlab(),
        store.index().rowsScored(),
        store.index().rowsFound(),
        store.foreign().count(),
        store.foreign().model().orElse(null),
        store.changesSinceSnapshot(),
        store.lastSnapshot().orElse(null),
        store.snapshotBytes(),
        store.snapshotMillis(),
        store.snapshotFailures(),
        store.snapshotFailure().orElse(null));
  }

  private <T> List<ShardAnswer<T>> ask(Query<T> query, Set<Integer> shards) {
    List<ShardAnswer<T>> answers = new ArrayList<>(ask(query, shards, true));
    Set<Integer> open = new TreeSet<>(shards);
    answers.forEach(answer -> open.remove(answer.shard()));
    if (!open.isEmpty()) {
      open.retainAll(lags.within(options.standbyLagMax()));
    }
    if (!open.isEmpty()) {
      answers.addAll(ask(query, open, false));
    }
    return answers;
  }

  private <T> List<ShardAnswer<T>> ask(Query<T> query, Set<Integer> shards, boolean active) {
    try {
      return askAll(query, shards, active);
    } catch (RuntimeException e) {
      // A shard that closes while it is read must not take the others' answers with it.
      LOG.log(Level.DEBUG, "asking shard by shard", e);
    }
    List<ShardAnswer<T>> answers = new ArrayList<>();
    for (int shard : shards) {
      try {
        answers.addAll(askAll(query, Set.of(shard), active));
      } catch (RuntimeException e) {
        warnings.warn(options.self(), "shard %d: %s".formatted(shard, e));
      }
    }
    return answers;
  }

  private <T> List<ShardAnswer<T>> askAll(Query<T> query, Set<Integer> shards, boolean active) {
    StateQueryRequest<T> request =
        StateQueryRequest.inStore(index.store()).withQuery(query).withPartitions(shards);
    List<ShardAnswer<T>> answers = new ArrayList<>();
    Map<Integer, QueryResult<T>> results =
        streams.query(active ? request.requireActive() : request).getPartitionResults();
    results.forEach((shard, result) -> {
      if (result.isSuccess()) {
        answers.add(new ShardAnswer<>(shard, active, result.getResult()));
      } else if (result.getFailureReason() == FailureReason.STORE_EXCEPTION) {
        // Other reasons are those of shards that move; who asked hears of them by their absence.
        warnings.warn(options.self(), "shard %d: %s".formatted(shard, result.getFailureMessage()));
      }
    });
    return answers;
  }
}
