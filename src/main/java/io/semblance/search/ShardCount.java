package io.semblance.search;

/** How many shards the index has: the partitions of {@code image-embeddings}. */
@FunctionalInterface
public interface ShardCount {
  /** Returns the number; may ask the broker the first time and throw if that is away. */
  int get();
}
