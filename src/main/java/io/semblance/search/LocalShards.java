package io.semblance.search;

/** What this instance holds of the indexes. Safe for use by several threads. */
interface LocalShards {
  /** Returns what asks this instance's shards of an index. */
  ShardReader reader(ModelIndex index);

  /** Returns what this instance says of itself, the shards of all indexes included. */
  InstanceStatus status();
}
