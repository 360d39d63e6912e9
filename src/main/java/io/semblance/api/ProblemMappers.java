package io.semblance.api;

import io.semblance.search.SearchException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Turns every failure of a request into a problem document. */
public class ProblemMappers {
  private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
  private static final int UNPROCESSABLE = 422;

  /** What the HTTP interface itself refuses. */
  @ServerExceptionMapper
  public Response map(ProblemException failure) {
    return response(
        failure.status(),
        failure.code(),
        String.valueOf(failure.getMessage()),
        failure.retryAfter().orElse(null),
        failure.imageId().orElse(null));
  }

  /** What the search refuses or cannot answer. */
  @ServerExceptionMapper
  public Response map(SearchException failure) {
    return response(
        status(failure),
        failure.code(),
        String.valueOf(failure.getMessage()),
        failure.retryAfter().orElse(null),
        null);
  }

  /** What no resource takes: unknown paths, methods and media types. */
  @ServerExceptionMapper
  public Response map(WebApplicationException failure) {
    Response refused = failure.getResponse();
    int status = refused.getStatus();
    Response.StatusType info = refused.getStatusInfo();
    String detail =
        switch (status) {
          case 404 -> "there is no such resource: /q/swagger-ui lists those that there are";
          case 405 -> "this resource does not take that method: the header allow lists its methods";
          case 406 -> "this resource has no such form: ask for application/json";
          case 413 -> "the body is larger than this server takes: send less";
          case 415 ->
              "this resource does not take that content-type: send image bytes as image/jpeg,"
                  + " image/png or the like, a form as multipart/form-data, or application/json";
          default -> info.getReasonPhrase();
        };
    String code = info.getReasonPhrase().toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
    Response problem =
        response(status, code.isEmpty() ? "status-" + status : code, detail, null, null);
    Object allow = refused.getHeaders().getFirst(HttpHeaders.ALLOW);
    return allow == null
        ? problem
        : Response.fromResponse(problem).header(HttpHeaders.ALLOW, allow).build();
  }

  /** A fault of this service: logged under an id, of which alone the client learns. */
  @ServerExceptionMapper
  public Response map(Throwable failure) {
    String id = UUID.randomUUID().toString();
    LOG.errorf(failure, "A request failed unexpectedly (%s)", id);
    return response(
        Response.Status.INTERNAL_SERVER_ERROR.getStatusCode(),
        "internal-error",
        "the request failed by a fault of this service: its log says more under " + id,
        null,
        null);
  }

  private static int status(SearchException failure) {
    return switch (failure.reason()) {
      case INVALID -> Response.Status.BAD_REQUEST.getStatusCode();
      case IMAGE ->
          switch (failure.code()) {
            case "image-empty" -> Response.Status.BAD_REQUEST.getStatusCode();
            case "image-too-many-bytes" -> Response.Status.REQUEST_ENTITY_TOO_LARGE.getStatusCode();
            case "image-unsupported-format" ->
                Response.Status.UNSUPPORTED_MEDIA_TYPE.getStatusCode();
            default -> UNPROCESSABLE;
          };
      case UNSUPPORTED -> UNPROCESSABLE;
      case NOT_FOUND -> Response.Status.NOT_FOUND.getStatusCode();
      case FULL -> Response.Status.TOO_MANY_REQUESTS.getStatusCode();
      case UNAVAILABLE -> Response.Status.SERVICE_UNAVAILABLE.getStatusCode();
    };
  }

  private static Response response(
      int status,
      String code,
      String detail,
      @Nullable Duration retryAfter,
      @Nullable String imageId) {
    Response.@Nullable Status known = Response.Status.fromStatusCode(status);
    String title = known == null ? "Unprocessable Content" : known.getReasonPhrase();
    Long seconds = retryAfter == null ? null : Math.max(1, retryAfter.plusMillis(999).toSeconds());
    Response.ResponseBuilder builder =
        Response.status(status)
            .type(Problem.MEDIA_TYPE)
            .entity(Problem.of(status, title, code, detail, seconds, imageId));
    if (seconds != null) {
      builder.header(HttpHeaders.RETRY_AFTER, seconds);
    }
    return builder.build();
  }
}
