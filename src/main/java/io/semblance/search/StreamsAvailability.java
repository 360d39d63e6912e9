package io.semblance.search;

import jakarta.inject.Singleton;
import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Whether this instance can answer: not before its streams have run for the first time, nor after
 * they have stopped. While partitions move between instances it goes on answering; each answer then
 * says which shards it rests on.
 *
 * <p>Kafka Streams tells it of every change. Safe for use by several threads.
 */
@Singleton
public final class StreamsAvailability implements KafkaStreams.StateListener {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private volatile KafkaStreams.State state = KafkaStreams.State.CREATED;
  private volatile boolean hasRun;

  @Override
  public void onChange(KafkaStreams.State newState, KafkaStreams.State oldState) {
    if (newState == KafkaStreams.State.RUNNING) {
      hasRun = true;
    }
    state = newState;
  }

  /** Returns the state of the streams, as Kafka Streams names it. */
  public String state() {
    return state.name();
  }

  /** Returns whether this instance answers searches. */
  public boolean isReady() {
    KafkaStreams.State now = state;
    return now == KafkaStreams.State.RUNNING || (hasRun && now == KafkaStreams.State.REBALANCING);
  }

  /** Returns whether the streams have failed for good, so that only a restart helps. */
  public boolean hasFailed() {
    KafkaStreams.State now = state;
    return now == KafkaStreams.State.ERROR || now == KafkaStreams.State.PENDING_ERROR;
  }

  /**
   * Returns if this instance answers.
   *
   * @throws SearchException if it does not
   */
  public void requireReady() {
    if (!isReady()) {
      throw SearchException.unavailable(
          "not-ready",
          "this instance is %s: it answers once its streams run and its shards are restored; try again"
              .formatted(state),
          RETRY_AFTER);
    }
  }
}
