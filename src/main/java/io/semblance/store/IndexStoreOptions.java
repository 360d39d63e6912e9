package io.semblance.store;

import io.semblance.vector.IndexOptions;
import java.time.Duration;
import java.util.Optional;

/**
 * How a {@link VectorIndexStore} is built.
 *
 * @param index the shape of the index
 * @param modelId of the model whose vectors it holds, for people
 * @param modelFingerprint of the model whose vectors it holds; a snapshot of another is refused
 * @param snapshotIntervalMin shortest time between two snapshots, and from a failed one to the next
 * @param snapshotChangesMin changes that make a snapshot worth writing
 * @param snapshotIntervalMax longest time that fewer changes may wait, as long as records come
 * @param snapshotAgeMax a snapshot that fell behind its topic longer ago than this is not used: the
 *     topic may have forgotten deletions since. Less than the topic's {@code delete.retention.ms}
 * @param preloadVectors whether all vectors are read, in the background, when a snapshot was
 *     opened; otherwise each is when a search needs it first
 */
public record IndexStoreOptions(
    IndexOptions index,
    String modelId,
    String modelFingerprint,
    Duration snapshotIntervalMin,
    long snapshotChangesMin,
    Duration snapshotIntervalMax,
    Duration snapshotAgeMax,
    boolean preloadVectors) {
  public IndexStoreOptions {
    if (modelFingerprint.isBlank()) {
      throw new IllegalArgumentException("the model fingerprint is blank");
    }
    if (snapshotIntervalMin.isNegative()
        || snapshotIntervalMax.compareTo(snapshotIntervalMin) < 0) {
      throw new IllegalArgumentException(
          ("semblance.index.snapshot-interval-min is %s, semblance.index.snapshot-interval-max is %s:"
                  + " both must be 0s or more, and the latter no shorter than the former")
              .formatted(snapshotIntervalMin, snapshotIntervalMax));
    }
    if (snapshotChangesMin < 1) {
      throw new IllegalArgumentException(
          "semblance.index.snapshot-changes-min is %d: it must be at least 1"
              .formatted(snapshotChangesMin));
    }
    if (!snapshotAgeMax.isPositive()) {
      throw new IllegalArgumentException(
          "semblance.index.snapshot-age-max is %s: it must be longer than nothing"
              .formatted(snapshotAgeMax));
    }
  }

  /** Returns the model whose vectors the index holds. */
  SnapshotModel model() {
    return new SnapshotModel(Optional.of(modelId), modelFingerprint, index.dimension());
  }

  /**
   * Returns the default policy: a snapshot after 30 s and 1,000 changes, or 10 minutes and any,
   * used while it is less than 12 hours behind (half of Kafka's default {@code
   * delete.retention.ms}).
   */
  public static IndexStoreOptions of(IndexOptions index, String modelId, String modelFingerprint) {
    return new IndexStoreOptions(
        index,
        modelId,
        modelFingerprint,
        Duration.ofSeconds(30),
        1_000,
        Duration.ofMinutes(10),
        Duration.ofHours(12),
        true);
  }
}
