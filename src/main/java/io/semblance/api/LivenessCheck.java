package io.semblance.api;

import io.semblance.search.StreamsAvailability;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Down once the streams have failed for good, so that only a restart helps. */
@Liveness
@Singleton
class LivenessCheck implements HealthCheck {
  private final StreamsAvailability availability;

  @Inject
  LivenessCheck(StreamsAvailability availability) {
    this.availability = availability;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("Streams")
        .status(!availability.hasFailed())
        .withData("streams", availability.state())
        .build();
  }
}
