package io.semblance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

class StreamThreadProgressTest {
  private static final String TOPIC = "image-uploads";

  private final StreamThreadProgress progress = new StreamThreadProgress();

  @Test
  void shouldCountWhatIsPolledAndNotYetProcessed() {
    poll(TOPIC, 0, 40);
    poll(TOPIC, 0, 41);
    poll(TOPIC, 0, 42);
    poll(TOPIC, 1, 7);
    poll("match-probes", 0, 3);
    assertThat(progress.waiting(TOPIC)).isEqualTo(4);

    process(0, 40);
    process(1, 7);
    assertThat(progress.waiting(TOPIC)).isEqualTo(2);

    process(0, 42);
    assertThat(progress.waiting(TOPIC)).isZero();
    assertThat(progress.waiting("match-probes")).isEqualTo(1);
  }

  @Test
  void shouldCountARecordAgainThatIsReadAgain() {
    poll(TOPIC, 0, 5);
    process(0, 5);
    poll(TOPIC, 0, 5);
    assertThat(progress.waiting(TOPIC)).isEqualTo(1);

    progress.forget(new TopicPartition(TOPIC, 0));
    assertThat(progress.waiting(TOPIC)).isZero();
  }

  private void poll(String topic, int partition, long offset) {
    progress.polled(new ConsumerRecord<>(topic, partition, offset, new byte[0], new byte[0]));
  }

  private void process(int partition, long offset) {
    MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
    context.setRecordMetadata(TOPIC, partition, offset);
    progress.processed(context);
  }
}
