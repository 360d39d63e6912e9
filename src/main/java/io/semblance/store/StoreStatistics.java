package io.semblance.store;

import io.semblance.vector.IndexStatistics;
import java.time.Instant;
import java.util.Optional;

/**
 * What a store holds and how its snapshots fare.
 *
 * @param index the index's counts
 * @param changesSinceSnapshot puts and deletions that no snapshot has
 * @param snapshotsWritten since the store was opened
 * @param lastSnapshot when the last of them was written
 * @param snapshotBytes what the last snapshot wrote: all that had changed since the one before; 0
 *     if none was written since the store was opened
 * @param snapshotMillis time that writing it took
 * @param snapshotFailures snapshots that could not be written since the store was opened
 * @param snapshotFailure why the last attempt failed; empty if it did not
 * @param foreign embeddings of other models that were met in the shard's topic
 * @param rejectedRecords records that the restore could not read
 * @param repeatedRecords records ignored because the index already had them or later ones
 */
public record StoreStatistics(
    IndexStatistics index,
    long changesSinceSnapshot,
    long snapshotsWritten,
    Optional<Instant> lastSnapshot,
    long snapshotBytes,
    long snapshotMillis,
    long snapshotFailures,
    Optional<String> snapshotFailure,
    ForeignRecords foreign,
    long rejectedRecords,
    long repeatedRecords) {}
