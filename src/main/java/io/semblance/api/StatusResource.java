package io.semblance.api;

import io.semblance.search.ServiceStatus;
import io.semblance.search.StatusService;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Says how the service is; answers before it is ready, too. */
@Path("/v1/status")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Status")
public class StatusResource {
  private final StatusService status;

  @Inject
  StatusResource(StatusService status) {
    this.status = status;
  }

  /** Returns the status of all instances. */
  @GET
  @Operation(
      summary = "Status of all instances",
      description = "Shards held and missing, vectors, bytes, model and lag")
  public ServiceStatus status() throws InterruptedException {
    return status.status();
  }
}
