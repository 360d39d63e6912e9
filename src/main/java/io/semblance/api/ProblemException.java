package io.semblance.api;

import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that is answered by a problem document. The message names cause and remedy. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final @Nullable Duration retryAfter;
  private final @Nullable String imageId;

  ProblemException(int status, String code, String message) {
    this(status, code, message, null);
  }

  ProblemException(int status, String code, String message, @Nullable Duration retryAfter) {
    this(status, code, message, retryAfter, null);
  }

  private ProblemException(
      int status,
      String code,
      String message,
      @Nullable Duration retryAfter,
      @Nullable String imageId) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.imageId = imageId;
  }

  /** A problem whose document names the image, since the client may not know its id. */
  static ProblemException aboutImage(
      String imageId, int status, String code, String message, Duration retryAfter) {
    return new ProblemException(status, code, message, retryAfter, imageId);
  }

  static ProblemException badRequest(String code, String message) {
    return new ProblemException(Response.Status.BAD_REQUEST.getStatusCode(), code, message);
  }

  static ProblemException tooLarge(String code, String message) {
    return new ProblemException(
        Response.Status.REQUEST_ENTITY_TOO_LARGE.getStatusCode(), code, message);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  Optional<String> imageId() {
    return Optional.ofNullable(imageId);
  }
}
