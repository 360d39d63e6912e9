package io.semblance.search;

import java.util.List;

/** Where the shards are; changes while instances come and go. Safe for use by several threads. */
interface ShardDirectory {
  /** Returns how many shards the index has. */
  int shardCount();

  /** Returns the number of the shard that holds, or would hold, {@code imageId}. */
  int shardOf(String imageId);

  /** Returns every known instance, this one always among them. */
  List<Instance> instances();
}
