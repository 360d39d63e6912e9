package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A listener's place comes free whatever becomes of it. */
class AlertFeedTest {
  private static final ApiLimits ONE_LISTENER =
      new ApiLimits(1, 1, 1, 1, 1, 1, Duration.ofSeconds(1), 1, Duration.ofSeconds(1));

  private final List<MockConsumer<String, byte[]>> consumers = new ArrayList<>();
  private final AlertFeed feed =
      new AlertFeed(this::newConsumer, ONE_LISTENER, new SimpleMeterRegistry());

  @Test
  void shouldFreeThePlaceOfAListenerWhoseStartFailsUnexpectedly() {
    // The mock does not implement the search for a time, and throws what no consumer would.
    AlertStart start = new AlertStart.At(Instant.EPOCH);

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> feed.write(start, "", OutputStream.nullOutputStream()))
          .isInstanceOf(UnsupportedOperationException.class);
    }

    assertThat(consumers).hasSize(3).allMatch(MockConsumer::closed);
  }

  @Test
  void shouldFreeThePlaceOfAListenerThatLeaves() {
    OutputStream left =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("connection reset by peer");
          }
        };

    for (int i = 0; i < 3; i++) {
      feed.write(new AlertStart.Now(), "", left);
    }

    assertThat(consumers).hasSize(3).allMatch(MockConsumer::closed);
  }

  @Test
  void shouldFreeThePlaceOfAListenerForWhomNoConsumerOpens() {
    AlertFeed unreachable =
        new AlertFeed(
            () -> {
              throw new KafkaException("no resolvable bootstrap servers");
            },
            ONE_LISTENER,
            new SimpleMeterRegistry());

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(
              () -> unreachable.write(new AlertStart.Now(), "", OutputStream.nullOutputStream()))
          .isInstanceOfSatisfying(
              ProblemException.class,
              problem -> assertThat(problem.code()).isEqualTo("alerts-unavailable"));
    }
  }

  private MockConsumer<String, byte[]> newConsumer() {
    MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    Node broker = new Node(1, "localhost", 9092);
    Node[] replicas = {broker};
    consumer.updatePartitions(
        Topics.MATCH_ALERTS,
        List.of(new PartitionInfo(Topics.MATCH_ALERTS, 0, broker, replicas, replicas)));
    consumer.updateEndOffsets(Map.of(new TopicPartition(Topics.MATCH_ALERTS, 0), 0L));
    consumers.add(consumer);
    return consumer;
  }
}
