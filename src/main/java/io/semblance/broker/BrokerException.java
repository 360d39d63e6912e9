package io.semblance.broker;

import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** A broker cannot be started or reached, or refuses; the message names the remedy. */
public final class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokerException(String message, Throwable cause) {
    super(message, cause);
  }

  static BrokerException missingTopic(String bootstrapServers, String topic) {
    return new BrokerException(
        "the broker at %s has no topic %s: create it with ./semblance topics create"
            .formatted(bootstrapServers, topic),
        new UnknownTopicOrPartitionException(topic));
  }
}
