package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One instance of the service.
 *
 * @param address {@code host:port}
 * @param state of its streams, as Kafka Streams names it, or {@code UNREACHABLE}
 * @param shards what it holds, in the order of the models and ascending by number
 * @param lag records not yet processed, by input topic: unread ones, and those read that wait
 * @param problem why it did not answer, where it did not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record InstanceStatus(
    String address,
    String state,
    List<Shard> shards,
    Map<String, Long> lag,
    @Nullable String problem) {
  /** The {@link #state} of an instance that did not answer. */
  public static final String UNREACHABLE = "UNREACHABLE";

  public InstanceStatus {
    shards = List.copyOf(shards);
    lag = Map.copyOf(lag);
  }

  /**
   * A shard on one instance.
   *
   * <p>What searches found is counted since the shard was opened here. The row counts lead down: of
   * the rows searched some are scored, and of those some are found. {@code rowsPastFirstSlab} is of
   * the rows with codes alone, whereas {@code rowsScored} is of all: it is the larger one where
   * rows have no codes yet.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(
      name = "Shard",
      description =
          "A shard on one instance. Counts of searches and snapshots are since it was opened there")
  public record Shard(
      @Schema(description = "The name of the model whose index it is a shard of") String model,
      @Schema(description = "Its number") int shard,
      @Schema(description = "Whether the instance owns it; false for a standby copy")
          boolean active,
      @Schema(description = "Vectors that searches can find") long vectors,
      @Schema(
              description =
                  "Of how many of them there are codes, by which searches pass over them without"
                      + " reading the vector; none before a shard has 20,000 vectors")
          long codedVectors,
      @Schema(description = "Bytes allocated: codeBytes and vectorBytes") long bytes,
      @Schema(description = "Bytes of codes, the hot part: every search reads them") long codeBytes,
      @Schema(
              description =
                  "Bytes of vectors, the cold part: searches read few, so that they may be left to"
                      + " the page cache (semblance.index.preload-vectors)")
          long vectorBytes,
      @Schema(
              description =
                  "Deleted or replaced vectors whose places are not free yet: for running searches"
                      + " to end, or for a snapshot")
          long deletedVectors,
      @Schema(description = "Those of deletedVectors that wait for the next snapshot")
          long retainedVectors,
      @Schema(
              description =
                  "Rows that searches had to answer for, those of other tenants and categories not"
                      + " counted")
          long rowsSearched,
      @Schema(
              description =
                  "Those of rowsSearched that have a code whose first part (slab) could not rule"
                      + " them out; rows without a code are not counted")
          long rowsPastFirstSlab,
      @Schema(
              description =
                  "Those of rowsSearched whose vectors were read, with a code or without; the"
                      + " others were passed over")
          long rowsScored,
      @Schema(description = "Those of rowsScored that were in an answer") long rowsFound,
      @Schema(
              description =
                  "Embeddings of other models met in its topic since the index was begun: the"
                      + " shard does not hold them, and their images are not searched unless they"
                      + " have been uploaded again since")
          long foreignRecords,
      @Schema(description = "The model of the last of foreignRecords; missing if there was none")
          @Nullable String foreignModel,
      @Schema(
              description =
                  "Insertions and deletions that no snapshot has: after a crash they are read again"
                      + " from the topic")
          long changesSinceSnapshot,
      @Schema(description = "When the last snapshot was written; missing if none was")
          @Nullable Instant lastSnapshot,
      @Schema(description = "Bytes that it wrote: what had changed since the one before")
          long lastSnapshotBytes,
      @Schema(description = "Milliseconds that writing it took") long lastSnapshotMillis,
      @Schema(description = "Snapshots that could not be written") long snapshotFailures,
      @Schema(description = "Why the last one could not be written; missing if it was written")
          @Nullable String snapshotFailure) {}
}
