package io.semblance.store;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.jspecify.annotations.Nullable;

/**
 * Up to which offset each partition is in the index: as a {@link Position} for queries, and as
 * attributes of a snapshot; and what of other models there was up to there. One writer; any thread
 * may read the position and what there was of other models.
 */
final class AppliedOffsets {
  private static final String PREFIX = "offset/";

  private final Map<TopicPartition, Long> offsets = new HashMap<>();
  private final Position position = Position.emptyPosition();
  private volatile ForeignRecords foreign = ForeignRecords.NONE;

  /** Reads what {@link #toAttributes()} wrote. */
  static AppliedOffsets fromAttributes(Map<String, String> attributes) {
    AppliedOffsets applied = new AppliedOffsets();
    applied.foreign = ForeignRecords.fromAttributes(attributes);
    attributes.forEach((name, value) -> {
      if (name.startsWith(PREFIX)) {
        int slash = name.lastIndexOf('/');
        applied.advance(
            new TopicPartition(
                name.substring(PREFIX.length(), slash),
                Integer.parseInt(name.substring(slash + 1))),
            Long.parseLong(value));
      }
    });
    return applied;
  }

  /** Returns one attribute per partition: {@code offset/<topic>/<partition>} = offset. */
  Map<String, String> toAttributes() {
    Map<String, String> attributes = new TreeMap<>(foreign.toAttributes());
    offsets.forEach((partition, offset) ->
        attributes.put(
            PREFIX + partition.topic() + "/" + partition.partition(), Long.toString(offset)));
    return attributes;
  }

  ForeignRecords foreign() {
    return foreign;
  }

  /** Counts a record of another model. */
  void passOver(String model) {
    foreign = foreign.plus(model);
  }

  @Nullable Long get(TopicPartition partition) {
    return offsets.get(partition);
  }

  boolean isEmpty() {
    return offsets.isEmpty();
  }

  Map<TopicPartition, Long> toMap() {
    return Map.copyOf(offsets);
  }

  /** Returns whether the record at {@code offset} is in the index, or a later one. */
  boolean covers(TopicPartition partition, long offset) {
    Long applied = offsets.get(partition);
    return applied != null && offset <= applied;
  }

  /** Notes that everything up to {@code offset} is in the index; never goes back. */
  void advance(TopicPartition partition, long offset) {
    if (!covers(partition, offset)) {
      offsets.put(partition, offset);
      position.withComponent(partition.topic(), partition.partition(), offset);
    }
  }

  /** Returns a copy, of records that are in the index already. */
  Position position() {
    return position.copy();
  }

  /** Returns whether {@code position} has reached the bound's offsets of {@code partition}. */
  static boolean isUpTo(PositionBound bound, Position position, int partition) {
    for (String topic : bound.position().getTopics()) {
      Long wanted = bound.position().getPartitionPositions(topic).get(partition);
      if (wanted != null) {
        Long reached = position.getPartitionPositions(topic).get(partition);
        if (reached == null || reached < wanted) {
          return false;
        }
      }
    }
    return true;
  }
}
