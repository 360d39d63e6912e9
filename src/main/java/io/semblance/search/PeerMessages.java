package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.semblance.event.JsonSerde;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchHit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What instances send each other, as JSON over HTTP. Each message names the model it is about. */
final class PeerMessages {
  static final String PREFIX = "/internal/v1/";
  static final String SEARCH_PATH = PREFIX + "shards/search";
  static final String ROW_PATH = PREFIX + "shards/row";
  static final String STATUS_PATH = PREFIX + "status";

  static final JsonSerde<SearchShards> SEARCH = new JsonSerde<>(SearchShards.class);
  static final JsonSerde<ShardsFound> FOUND = new JsonSerde<>(ShardsFound.class);
  static final JsonSerde<LookUpRow> LOOK_UP = new JsonSerde<>(LookUpRow.class);
  static final JsonSerde<RowsFound> ROWS = new JsonSerde<>(RowsFound.class);
  static final JsonSerde<InstanceStatus> STATUS = new JsonSerde<>(InstanceStatus.class);

  static final JsonSerde<Refusal> REFUSAL = new JsonSerde<>(Refusal.class);

  private PeerMessages() {}

  /** A search of some shards. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SearchShards(
      String modelFingerprint,
      Set<Integer> shards,
      float[] vector,
      int limit,
      @Nullable Float threshold,
      String tenant,
      Set<String> categories,
      Set<String> excludedIds) {}

  /** What the shards found; a shard that is not there did not answer. */
  record ShardsFound(String modelFingerprint, List<ShardFound> shards) {}

  /** What one shard found. */
  record ShardFound(int shard, boolean active, boolean truncated, List<SearchHit> hits) {}

  /** What is read of the problem document that stands in an answer's place. */
  record Refusal(@Nullable String detail) {}

  /** A look-up of one image's row. */
  record LookUpRow(String modelFingerprint, int shard, String imageId) {}

  /** The row of a look-up: no entry if the shard did not answer. */
  record RowsFound(String modelFingerprint, List<RowFound> shards) {}

  /** The row, or none if the shard does not hold the image. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RowFound(int shard, boolean active, @Nullable IndexRow row) {}
}
