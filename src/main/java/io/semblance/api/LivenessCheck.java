package io.semblance.api;

import io.semblance.search.StreamsAvailability;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Down once the streams or the engine have failed for good, so that only a restart helps. */
@Liveness
@Singleton
class LivenessCheck implements HealthCheck {
  private final StreamsAvailability availability;
  private final EmbeddingFault embedding;

  @Inject
  LivenessCheck(StreamsAvailability availability, EmbeddingFault embedding) {
    this.availability = availability;
    this.embedding = embedding;
  }

  @Override
  public HealthCheckResponse call() {
    Optional<String> fault = embedding.cause();
    return HealthCheckResponse.named("Streams")
        .status(!availability.hasFailed() && fault.isEmpty())
        .withData("streams", availability.state())
        .withData("embedding", fault.orElse("ok"))
        .build();
  }
}
