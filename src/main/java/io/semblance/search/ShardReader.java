package io.semblance.search;

import io.semblance.vector.IndexRow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks the shards that one instance holds of one index. An answer may lack shards that the instance
 * does not hold or that are not ready. Safe for use by several threads.
 */
interface ShardReader {
  /**
   * Searches {@code shards}.
   *
   * @throws IOException if the instance does not answer properly within {@code timeLimit}
   */
  List<ShardAnswer<ShardHits>> search(Set<Integer> shards, ShardSearch search, Duration timeLimit)
      throws IOException, InterruptedException;

  /** Looks up an image's row in one shard; at most one answer. */
  List<ShardAnswer<Optional<IndexRow>>> row(int shard, String imageId, Duration timeLimit)
      throws IOException, InterruptedException;
}
