package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TopologyProducerTest {
  @Test
  void shouldRefuseToWaitLongerForAnEmbeddingThanATransactionMayLast() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TopologyProducer.requireLongerTransactions(20_000, Duration.ofSeconds(20)))
        .withMessageContaining("semblance.embedding.time-limit")
        .withMessageContaining("transaction.timeout.ms");
    assertThatCode(() -> TopologyProducer.requireLongerTransactions(20_000, Duration.ofSeconds(19)))
        .doesNotThrowAnyException();
  }
}
