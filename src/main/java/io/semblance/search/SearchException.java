package io.semblance.search;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A search, or a look-up, that has no answer. The message names cause and remedy; {@link #code()}
 * is stable, for machines.
 */
public final class SearchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is. */
  public enum Reason {
    /** The query is malformed or over a limit. */
    INVALID,
    /** The query image cannot be used; the code says why. */
    IMAGE,
    /** The model that runs here cannot do it; the code says why. */
    UNSUPPORTED,
    /** There is no such image in this tenant. */
    NOT_FOUND,
    /** This instance has no room for the query now. */
    FULL,
    /** This instance, or the shard that is needed, does not answer now. */
    UNAVAILABLE
  }

  private final Reason reason;
  private final String code;
  private final @Nullable Duration retryAfter;

  SearchException(Reason reason, String code, String message) {
    this(reason, code, message, null);
  }

  SearchException(Reason reason, String code, String message, @Nullable Duration retryAfter) {
    super(message);
    this.reason = reason;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static SearchException invalid(String code, String message) {
    return new SearchException(Reason.INVALID, code, message);
  }

  /** There is no such image, or it is not this tenant's: who asks must not learn which. */
  public static SearchException notFound(String imageId) {
    return new SearchException(
        Reason.NOT_FOUND,
        "image-not-found",
        "there is no image \"%s\" in the index of this tenant: check id and tenant;"
                .formatted(imageId)
            + " an upload appears there once it has been embedded");
  }

  /**
   * As the other, of one model's index, which lacks what was uploaded before the model was added,
   * and all texts if {@code model} has no text tower.
   */
  static SearchException notFound(String imageId, SearchedModel model) {
    return new SearchException(
        Reason.NOT_FOUND,
        "image-not-found",
        "there is no image \"%s\" of this tenant in the index of the model \"%s\": check id and tenant;"
                .formatted(imageId, model.name())
            + (model.texts().isPresent() ? "" : " texts are not in it, since it embeds none;")
            + " what was uploaded before that model was added must be uploaded again");
  }

  static SearchException unavailable(String code, String message, Duration retryAfter) {
    return new SearchException(Reason.UNAVAILABLE, code, message, retryAfter);
  }

  /** Returns the kind of failure. */
  public Reason reason() {
    return reason;
  }

  /** Returns the stable code: lower case, words joined by hyphens. */
  public String code() {
    return code;
  }

  /** Returns after which time it is worth trying again, where that helps. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
