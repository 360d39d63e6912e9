package io.semblance.api;

import io.semblance.search.SearchService;
import io.semblance.search.StreamsAvailability;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Up while this instance answers: its model is loaded and its streams have run, which they do once
 * all their shards are restored. Stays up while shards move between instances.
 */
@Readiness
@Singleton
class ReadinessCheck implements HealthCheck {
  private final StreamsAvailability availability;
  private final SearchService search;

  @Inject
  ReadinessCheck(StreamsAvailability availability, SearchService search) {
    this.availability = availability;
    this.search = search;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("Search")
        .status(availability.isReady())
        .withData("streams", availability.state())
        .withData("model", search.model(null).id() + " " + search.model(null).version())
        .build();
  }
}
