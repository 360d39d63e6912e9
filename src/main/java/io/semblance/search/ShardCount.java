package io.semblance.search;

/** How many shards an index has: the partitions of its topic. */
@FunctionalInterface
public interface ShardCount {
  /** Returns the number; may ask the broker the first time and throw if that is away. */
  int get();
}
