package io.semblance.stream;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Sees each record that a stream thread's main consumer has polled, before Kafka Streams does.
 *
 * <p>Called on the stream thread, once for each record and fetch; a record may come again after a
 * rebalance or an aborted transaction, and may never be processed. What a listener does is an
 * optimisation alone: it must not throw and must not keep the thread for long.
 */
@FunctionalInterface
public interface PollListener {
  /** Sees {@code record}, which nobody may change. */
  void polled(ConsumerRecord<byte[], byte[]> record);
}
