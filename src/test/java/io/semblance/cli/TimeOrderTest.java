package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.event.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class TimeOrderTest {
  private static final TopicPartition FIRST = new TopicPartition(Topics.MATCH_ALERTS, 0);
  private static final TopicPartition SECOND = new TopicPartition(Topics.MATCH_ALERTS, 1);

  private final TimeOrder order = new TimeOrder();

  @Test
  void shouldMergePartitionsByTime() {
    add(FIRST, 3);
    add(FIRST, 4);
    add(SECOND, 1);
    add(SECOND, 5);

    assertThat(taken(Set.of())).containsExactly(1L, 3L, 4L, 5L);
  }

  @Test
  void shouldWaitForAPartitionThatMayHaveAnEarlierOne() {
    add(FIRST, 3);

    assertThat(taken(Set.of(FIRST, SECOND))).isEmpty();
    add(SECOND, 1);
    assertThat(taken(Set.of(FIRST, SECOND))).containsExactly(1L);
    assertThat(taken(Set.of(FIRST))).containsExactly(3L);
  }

  @Test
  void shouldSayOfWhichPartitionEnoughIsHeld() {
    for (int i = 0; i < 1_000; i++) {
      add(FIRST, i);
    }
    add(SECOND, 1);

    assertThat(order.full()).containsExactly(FIRST);
  }

  private List<Long> taken(Set<TopicPartition> unread) {
    List<Long> times = new ArrayList<>();
    for (Optional<ConsumerRecord<String, byte[]>> next = order.next(unread);
        next.isPresent();
        next = order.next(unread)) {
      times.add(next.get().timestamp());
    }
    return times;
  }

  private void add(TopicPartition partition, long time) {
    order.add(
        new ConsumerRecord<>(
            partition.topic(),
            partition.partition(),
            0,
            time,
            TimestampType.LOG_APPEND_TIME,
            0,
            0,
            "id",
            new byte[0],
            new RecordHeaders(),
            Optional.empty()));
  }
}
