package io.semblance.api;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Match alerts as server-sent events. */
@Path("/v1/alerts")
@Tag(name = "Alerts")
public class AlertsResource {
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private final AlertFeed alerts;
  private final RequestParameters parameters;

  @Inject
  AlertsResource(AlertFeed alerts, RequestParameters parameters) {
    this.alerts = alerts;
    this.parameters = parameters;
  }

  /** Streams alerts until the client leaves. */
  @GET
  @RunOnVirtualThread
  @Operation(
      summary = "Match alerts as server-sent events",
      description =
          "Events of type match-alert whose data is the alert's JSON (match-alert.schema.json)."
              + " A client that reconnects with Last-Event-ID, as browsers do, misses none.")
  @APIResponse(
      responseCode = "200",
      description = "Alerts, until the client leaves",
      content = @Content(mediaType = MediaType.SERVER_SENT_EVENTS))
  public Response alerts(
      @Parameter(description = "Only alerts of this tenant; the empty tenant by default")
          @QueryParam("tenant")
          @Nullable String tenant,
      @Parameter(description = "An RFC 3339 time to start at; only new alerts by default")
          @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "The id of the last event received, to go on after it")
          @HeaderParam(LAST_EVENT_ID)
          @Nullable String lastEventId) {
    AlertStart start = start(from, lastEventId);
    String owner = parameters.tenant(tenant);
    return Response.ok(
            (StreamingOutput) out -> alerts.write(start, owner, out), MediaType.SERVER_SENT_EVENTS)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  private AlertStart start(@Nullable String from, @Nullable String lastEventId) {
    if (lastEventId != null && !lastEventId.isBlank()) {
      AlertStart.After after = AlertStart.After.parse(lastEventId.strip());
      if (after == null) {
        throw ProblemException.badRequest(
            "invalid-last-event-id",
            "Last-Event-ID must be the id of an event of this stream, such as 0:17,1:4");
      }
      return after;
    }
    Instant time = parameters.time("from", from);
    return time == null ? new AlertStart.Now() : new AlertStart.At(time);
  }
}
