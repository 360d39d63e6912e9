package io.semblance.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A problem document, RFC 9457.
 *
 * @param type names the kind of problem: {@code urn:semblance:problem:} and the code
 * @param title the HTTP status in words
 * @param status the HTTP status
 * @param detail what happened and what helps
 * @param code stable, for machines
 * @param retryAfterSeconds after which time to try again, where that helps
 * @param imageId the image that it is about, where the client may not know its id
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(description = "A problem document, RFC 9457")
public record Problem(
    @Schema(examples = "urn:semblance:problem:image-not-found") String type,
    @Schema(examples = "Not Found") String title,
    @Schema(examples = "404") int status,
    @Schema(description = "What happened and what helps") String detail,
    @Schema(description = "Stable, for machines", examples = "image-not-found") String code,
    @Nullable Long retryAfterSeconds,
    @Schema(description = "The image that it is about, where its id may have been made up")
        @Nullable String imageId) {
  /** The media type of problem documents. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final String TYPE_PREFIX = "urn:semblance:problem:";

  static Problem of(
      int status,
      String title,
      String code,
      String detail,
      @Nullable Long seconds,
      @Nullable String imageId) {
    return new Problem(TYPE_PREFIX + code, title, status, detail, code, seconds, imageId);
  }
}
