package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.search.StreamsAvailability;
import java.util.Optional;
import org.apache.kafka.streams.KafkaStreams.State;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class LivenessCheckTest {
  private final StreamsAvailability availability = new StreamsAvailability();
  private Optional<String> fault = Optional.empty();

  private HealthCheckResponse response() {
    return new LivenessCheck(availability, () -> fault).call();
  }

  @Test
  void shouldBeUpWhileStreamsAndEngineWork() {
    assertThat(response().getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void shouldBeDownWithTheCauseOnceTheEngineHasBeenGivenUp() {
    fault = Optional.of("the GPU has gone");
    assertThat(response().getStatus()).isEqualTo(Status.DOWN);
    assertThat(response().getData().orElseThrow()).containsEntry("embedding", "the GPU has gone");
  }

  @Test
  void shouldBeDownOnceTheStreamsHaveFailed() {
    availability.onChange(State.ERROR, State.RUNNING);
    assertThat(response().getStatus()).isEqualTo(Status.DOWN);
  }
}
