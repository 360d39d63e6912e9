package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UploadProducerTest {
  private static final ApiLimits LIMITS =
      new ApiLimits(1, 1, 1, 1, 1, 1, Duration.ofSeconds(20), 1, Duration.ofSeconds(1));
  private static final UploadProducer.Origin ORIGIN =
      new UploadProducer.Origin("acme", "", null, null);

  private final AtomicLong nanoTime = new AtomicLong();
  private final SilentProducer kafka = new SilentProducer();
  private final UploadProducer producer = new UploadProducer(kafka, LIMITS, nanoTime::get);

  @Test
  void shouldNameTheIdToSendAgainWhereKafkaDoesNotConfirm() {
    assertThatThrownBy(() -> producer.upload("made-up", new byte[1], ORIGIN))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> {
              assertThat(problem.status()).isEqualTo(503);
              assertThat(problem.code()).isEqualTo("upload-unconfirmed");
              assertThat(problem.imageId()).contains("made-up");
              assertThat(new ProblemMappers().map(problem).getEntity())
                  .isInstanceOfSatisfying(
                      Problem.class,
                      document -> {
                        assertThat(document.imageId()).isEqualTo("made-up");
                        assertThat(document.detail()).contains("\"made-up\"");
                      });
            });
  }

  @Test
  void shouldWaitForTheConfirmationNoLongerThanWhatTheSendingLeavesOfTheLimit() {
    kafka.sending = Duration.ofSeconds(15);

    assertThatThrownBy(() -> producer.upload("a", new byte[1], ORIGIN))
        .isInstanceOf(ProblemException.class);

    assertThat(kafka.waited).isEqualTo(Duration.ofSeconds(5));
  }

  /** Takes a while to send, and never confirms. */
  private final class SilentProducer extends MockProducer<String, byte[]> {
    private Duration sending = Duration.ZERO;
    private @Nullable Duration waited;

    SilentProducer() {
      super(false, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
      nanoTime.addAndGet(sending.toNanos());
      return new CompletableFuture<>() {
        @Override
        public RecordMetadata get(long time, TimeUnit unit) throws TimeoutException {
          waited = Duration.of(time, unit.toChronoUnit());
          throw new TimeoutException();
        }
      };
    }
  }
}
