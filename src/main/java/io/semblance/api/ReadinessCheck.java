package io.semblance.api;

import io.semblance.search.OwnShards;
import io.semblance.search.SearchService;
import io.semblance.search.StreamsAvailability;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Up while this instance answers: its model is loaded, its streams have run, which they do once all
 * their shards are restored, and of the shards that it owns at least one answers. Stays up while
 * some of its shards move between instances.
 */
@Readiness
@Singleton
class ReadinessCheck implements HealthCheck {
  private final StreamsAvailability availability;
  private final OwnShards shards;
  private final SearchService search;

  @Inject
  ReadinessCheck(StreamsAvailability availability, OwnShards shards, SearchService search) {
    this.availability = availability;
    this.shards = shards;
    this.search = search;
  }

  @Override
  public HealthCheckResponse call() {
    boolean silent = availability.isReady() && shards.areSilent();
    return HealthCheckResponse.named("Search")
        .status(availability.isReady() && !silent)
        .withData("streams", availability.state())
        .withData("shards", silent ? "none of those held answers" : "ok")
        .withData("model", search.model(null).id() + " " + search.model(null).version())
        .build();
  }
}
