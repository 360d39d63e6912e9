package io.semblance.broker;

import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.kafka.KafkaContainer;

/** The same contract on Kafka's own image; skipped where there is no Docker engine. */
@Testcontainers(disabledWithoutDocker = true)
class ContainerBrokerTest extends TopicAdministrationContract {
  @Container private static final KafkaContainer KAFKA = new KafkaContainer("apache/kafka:4.1.1");

  @Override
  String bootstrapServers() {
    return KAFKA.getBootstrapServers();
  }
}
