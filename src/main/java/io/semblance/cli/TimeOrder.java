package io.semblance.cli;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Puts the records of several partitions into the order of their time, holding few of each: the
 * next one is known as soon as every partition that still has some shows its first.
 */
final class TimeOrder {
  private static final int WAITING_MAX = 1_000;

  private final Map<TopicPartition, Deque<ConsumerRecord<String, byte[]>>> waiting =
      new HashMap<>();

  void add(ConsumerRecord<String, byte[]> record) {
    waiting
        .computeIfAbsent(
            new TopicPartition(record.topic(), record.partition()), _ -> new ArrayDeque<>())
        .add(record);
  }

  /**
   * Takes the earliest record.
   *
   * @param unread partitions that have more records than were added
   * @return nothing if one of those could have an earlier one, or if there is none left
   */
  Optional<ConsumerRecord<String, byte[]>> next(Set<TopicPartition> unread) {
    if (unread.stream().anyMatch(partition -> count(partition) == 0)) {
      return Optional.empty();
    }
    return waiting.values().stream()
        .filter(records -> !records.isEmpty())
        .min(Comparator.comparingLong(records -> records.getFirst().timestamp()))
        .map(Deque::removeFirst);
  }

  /** Returns the partitions of which no more should be read for now. */
  Set<TopicPartition> full() {
    return waiting.keySet().stream()
        .filter(partition -> count(partition) >= WAITING_MAX)
        .collect(Collectors.toSet());
  }

  private int count(TopicPartition partition) {
    return waiting.containsKey(partition)
        ? Objects.requireNonNull(waiting.get(partition)).size()
        : 0;
  }
}
