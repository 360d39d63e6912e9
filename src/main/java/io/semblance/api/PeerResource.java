package io.semblance.api;

import io.semblance.search.PeerEndpoint;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** What instances ask each other; not for clients. */
@Path("/internal/v1")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public class PeerResource {
  private final PeerEndpoint endpoint;

  @Inject
  PeerResource(PeerEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** Searches shards of this instance. */
  @POST
  @Path("shards/search")
  @Operation(hidden = true)
  public byte[] search(@Nullable InputStream body) {
    return endpoint.search(read(body));
  }

  /** Looks up a row in a shard of this instance. */
  @POST
  @Path("shards/row")
  @Operation(hidden = true)
  public byte[] row(@Nullable InputStream body) {
    return endpoint.row(read(body));
  }

  /** Returns the status of this instance. */
  @POST
  @Path("status")
  @Operation(hidden = true)
  public byte[] status(@Nullable InputStream body) {
    return endpoint.status();
  }

  private byte[] read(@Nullable InputStream body) {
    return body == null
        ? new byte[0]
        : RequestBodies.read(body, endpoint.requestBytesMax(), "body-too-large", "a message");
  }
}
