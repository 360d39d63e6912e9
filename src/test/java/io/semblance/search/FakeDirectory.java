package io.semblance.search;

import java.util.List;
import java.util.function.Supplier;

/** A directory of a test's own making. */
record FakeDirectory(int shardCount, Supplier<List<Instance>> current) implements ShardDirectory {
  @Override
  public int shardOf(String imageId) {
    return Math.floorMod(imageId.hashCode(), shardCount);
  }

  @Override
  public List<Instance> instances() {
    return current.get();
  }
}
