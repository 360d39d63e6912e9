package io.semblance.store;

import io.semblance.vector.IndexOptions;
import java.time.Duration;

/**
 * How a shard is kept.
 *
 * @param index the shape of the shard's index
 * @param snapshotInterval least time between two snapshots of a changed shard
 */
public record StoreOptions(IndexOptions index, Duration snapshotInterval) {
  public StoreOptions {
    if (snapshotInterval.isNegative() || snapshotInterval.isZero()) {
      throw new IllegalArgumentException(
          "semblance.index.snapshot-interval is %s: it must be longer than nothing"
              .formatted(snapshotInterval));
    }
  }
}
