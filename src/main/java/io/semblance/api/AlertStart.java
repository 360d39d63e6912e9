package io.semblance.api;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where a listener for alerts starts. */
sealed interface AlertStart {
  /** At what comes from now on. */
  record Now() implements AlertStart {}

  /** At the first alert that was written at or after {@code time}. */
  record At(Instant time) implements AlertStart {}

  /** At the next offset of each partition, as the id of an event holds them. */
  record After(Map<Integer, Long> nextOffsets) implements AlertStart {
    private static final int PARTITIONS_MAX = 10_000;

    public After {
      nextOffsets = Map.copyOf(nextOffsets);
    }

    /** Returns the id of an event: {@code partition:next offset}, joined by commas. */
    String eventId() {
      return new TreeMap<>(nextOffsets)
          .entrySet().stream()
              .map(entry -> entry.getKey() + ":" + entry.getValue())
              .collect(Collectors.joining(","));
    }

    /** Reads what {@link #eventId()} wrote; null if {@code id} is no such text. */
    static @Nullable After parse(String id) {
      Map<Integer, Long> offsets = new TreeMap<>();
      for (String part : id.split(",", PARTITIONS_MAX)) {
        int colon = part.indexOf(':');
        try {
          if (colon < 1) {
            return null;
          }
          int partition = Integer.parseInt(part.substring(0, colon));
          long offset = Long.parseLong(part.substring(colon + 1));
          if (partition < 0 || offset < 0) {
            return null;
          }
          offsets.put(partition, offset);
        } catch (NumberFormatException e) {
          return null;
        }
      }
      return new After(offsets);
    }
  }
}
