package io.semblance.search;

import io.semblance.vector.IndexRow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All shards of one index, wherever they are. Safe for use by several threads. */
final class IndexShards implements AutoCloseable {
  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ModelIndex index;
  private final ShardDirectory directory;
  private final Peers peers;
  private final Scatter scatter;

  IndexShards(ModelIndex index, ShardDirectory directory, Peers peers, SearchOptions options) {
    this.index = index;
    this.directory = directory;
    this.peers = peers;
    scatter = new Scatter(directory, options.timeLimit(), options.attemptTimeLimit());
  }

  ShardDirectory directory() {
    return directory;
  }

  /** Returns the answers of the shards that answered in time. */
  List<ShardAnswer<ShardHits>> search(ShardSearch search) {
    Set<Integer> all =
        IntStream.range(0, directory.shardCount()).boxed().collect(Collectors.toSet());
    return scatter.ask(
        all,
        (instance, asked, timeLimit) ->
            peers.readerOf(instance, index).search(asked, search, timeLimit));
  }

  /**
   * Returns an image's row, if its shard has one.
   *
   * @throws SearchException if the shard does not answer
   */
  ShardAnswer<Optional<IndexRow>> row(String imageId) {
    int shard = directory.shardOf(imageId);
    List<ShardAnswer<Optional<IndexRow>>> answers =
        scatter.ask(
            Set.of(shard),
            (instance, asked, timeLimit) ->
                peers.readerOf(instance, index).row(shard, imageId, timeLimit));
    if (answers.isEmpty()) {
      throw SearchException.unavailable(
          "shard-unavailable",
          "shard %d, where \"%s\" belongs, does not answer: it may be moving; try again"
              .formatted(shard, imageId),
          RETRY_AFTER);
    }
    return answers.getFirst();
  }

  @Override
  public void close() {
    scatter.close();
  }
}
