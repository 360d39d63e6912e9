package io.semblance.api;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.semblance.event.JsonSerde;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses bodies that Quarkus would refuse, by the length that they announce, before it does:
 * Quarkus answers without a word, this with a problem document.
 */
@Singleton
final class BodyLimit {
  private static final String PROPERTY = "quarkus.http.limits.max-body-size";
  private static final JsonSerde<Problem> PROBLEM = new JsonSerde<>(Problem.class);

  /** Higher comes earlier; Quarkus's own limit stands at 2. */
  private static final int PRIORITY = 100;

  private final Optional<MemorySize> bytesMax;

  @Inject
  BodyLimit(@ConfigProperty(name = PROPERTY) Optional<MemorySize> bytesMax) {
    this.bytesMax = bytesMax;
  }

  void register(@Observes Filters filters) {
    bytesMax
        .map(MemorySize::asLongValue)
        .ifPresent(limit -> filters.register(request -> check(request, limit), PRIORITY));
  }

  private static void check(RoutingContext request, long limit) {
    String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length == null || Long.parseLong(length) <= limit) {
      request.next();
    } else {
      refuse(request, length, limit);
    }
  }

  private static void refuse(RoutingContext request, String length, long limit) {
    Response.Status status = Response.Status.REQUEST_ENTITY_TOO_LARGE;
    Problem problem =
        Problem.of(
            status.getStatusCode(),
            status.getReasonPhrase(),
            "request-entity-too-large",
            "the body has %s bytes: this server takes at most %d (%s)"
                .formatted(length, limit, PROPERTY),
            null,
            null);
    request
        .response()
        .setStatusCode(status.getStatusCode())
        .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
        .putHeader(HttpHeaders.CONNECTION, "close")
        .end(Buffer.buffer(PROBLEM.toBytes(problem)))
        // The body is not read: nothing more can be understood on this connection.
        .onComplete(ended -> request.request().connection().close());
  }
}
