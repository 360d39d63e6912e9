package io.semblance.search;

import io.semblance.event.JsonSerde;
import io.semblance.vector.IndexRow;
import io.semblance.vector.VectorIndex;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * Answers other instances about the shards of this one; never asks any further instance. Bodies are
 * JSON in UTF-8. Safe for use by several threads.
 */
@Singleton
public final class PeerEndpoint {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final LocalShards local;
  private final ModelIndexes indexes;
  private final SearchOptions options;
  private final Semaphore searches;

  @Inject
  PeerEndpoint(LocalShards local, ModelIndexes indexes, SearchOptions options) {
    this.local = local;
    this.indexes = indexes;
    this.options = options;
    searches = new Semaphore(options.concurrentSearchesMax());
  }

  /** Returns the most bytes that a request may have. */
  public int requestBytesMax() {
    return options.peerMessageBytesMax();
  }

  /**
   * Searches the shards that {@code request} names.
   *
   * @throws SearchException if it is malformed or about another model, or there is no room for it
   */
  public byte[] search(byte[] request) {
    PeerMessages.SearchShards search = read(PeerMessages.SEARCH, request);
    ModelIndex index = requireIndex(search.modelFingerprint());
    if (search.shards() == null
        || search.vector() == null
        || search.vector().length != index.model().dimension()
        || search.limit() < 1
        || search.limit() > VectorIndex.LIMIT_MAX
        || search.tenant() == null
        || search.categories() == null
        || search.excludedIds() == null) {
      throw malformed("a field is missing or outside its limits");
    }
    if (!searches.tryAcquire()) {
      throw new SearchException(
          SearchException.Reason.FULL,
          "searches-full",
          "%d searches are under way: try again".formatted(options.concurrentSearchesMax()),
          RETRY_AFTER);
    }
    try {
      List<PeerMessages.ShardFound> found = new ArrayList<>();
      ShardSearch shardSearch =
          new ShardSearch(
              search.vector(),
              search.limit(),
              search.threshold(),
              search.tenant(),
              search.categories(),
              search.excludedIds());
      for (ShardAnswer<ShardHits> answer :
          local.reader(index).search(search.shards(), shardSearch, options.attemptTimeLimit())) {
        found.add(
            new PeerMessages.ShardFound(
                answer.shard(),
                answer.active(),
                answer.value().truncated(),
                answer.value().hits()));
      }
      return PeerMessages.FOUND.toBytes(
          new PeerMessages.ShardsFound(search.modelFingerprint(), found));
    } catch (Exception e) {
      throw failed(e);
    } finally {
      searches.release();
    }
  }

  /**
   * Looks up the row that {@code request} names.
   *
   * @throws SearchException if it is malformed or about another model
   */
  public byte[] row(byte[] request) {
    PeerMessages.LookUpRow lookUp = read(PeerMessages.LOOK_UP, request);
    ModelIndex index = requireIndex(lookUp.modelFingerprint());
    if (lookUp.imageId() == null) {
      throw malformed("imageId is missing");
    }
    try {
      List<PeerMessages.RowFound> rows = new ArrayList<>();
      for (ShardAnswer<Optional<IndexRow>> answer :
          local.reader(index).row(lookUp.shard(), lookUp.imageId(), options.attemptTimeLimit())) {
        rows.add(
            new PeerMessages.RowFound(
                answer.shard(), answer.active(), answer.value().orElse(null)));
      }
      return PeerMessages.ROWS.toBytes(new PeerMessages.RowsFound(lookUp.modelFingerprint(), rows));
    } catch (Exception e) {
      throw failed(e);
    }
  }

  /** Returns what this instance says of itself. */
  public byte[] status() {
    try {
      return PeerMessages.STATUS.toBytes(local.status());
    } catch (Exception e) {
      throw failed(e);
    }
  }

  /** An index is known by its model's fingerprint, whatever the instances call it. */
  private ModelIndex requireIndex(@Nullable String fingerprint) {
    return indexes.all().stream()
        .filter(index -> index.model().fingerprint().equals(fingerprint))
        .findFirst()
        .orElseThrow(() ->
            SearchException.invalid(
                "model-mismatch",
                "this instance's models have the fingerprints %s: give all instances the same models"
                    .formatted(
                        indexes.all().stream()
                            .map(index -> index.model().fingerprint())
                            .toList())));
  }

  private static <T> T read(JsonSerde<T> serde, byte[] bytes) {
    try {
      return serde.fromBytes(bytes);
    } catch (SerializationException e) {
      throw malformed(String.valueOf(e.getMessage()));
    }
  }

  private static SearchException malformed(String why) {
    return SearchException.invalid(
        "malformed-message", "no message of another instance of this release: " + why);
  }

  private static RuntimeException failed(Exception cause) {
    if (cause instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return cause instanceof RuntimeException unchecked
        ? unchecked
        : SearchException.unavailable(
            "shards-unavailable",
            "this instance's shards do not answer: " + cause.getMessage(),
            RETRY_AFTER);
  }
}
