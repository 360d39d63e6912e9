package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
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
   * @param model the name of the model whose index it is a shard of
   * @param shard its number
   * @param active false for a standby copy
   * @param vectors rows held
   * @param codedVectors of how many there are codes by which searches pass over them
   * @param bytes of vectors and codes, allocated
   * @param codeBytes of codes, allocated: the hot part, which every search reads
   * @param vectorBytes of vectors, allocated: the cold part, which may be left to the page cache
   * @param deletedVectors deleted or replaced rows whose places are not free yet
   * @param retainedVectors those of them that wait for the next snapshot
   * @param rowsSearched rows that searches had to answer for
   * @param rowsPastFirstSlab those of them with a code whose first slab could not pass over them
   * @param rowsScored those of the rows searched whose vectors were read; the others were passed
   *     over
   * @param rowsFound those of them that were answered
   * @param changesSinceSnapshot puts and deletions that no snapshot has
   * @param snapshotFailures snapshots that could not be written since the shard was opened
   * @param snapshotFailure why the last one could not be written, where it could not
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Shard(
      String model,
      int shard,
      boolean active,
      long vectors,
      long codedVectors,
      long bytes,
      long codeBytes,
      long vectorBytes,
      long deletedVectors,
      long retainedVectors,
      long rowsSearched,
      long rowsPastFirstSlab,
      long rowsScored,
      long rowsFound,
      long changesSinceSnapshot,
      long snapshotFailures,
      @Nullable String snapshotFailure) {}
}
