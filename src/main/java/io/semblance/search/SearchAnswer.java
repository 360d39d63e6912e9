package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a search.
 *
 * @param verdict what came of it
 * @param matches best first: by descending similarity, then ascending id
 * @param truncated whether a threshold was given and more images reach it than k; of a relative
 *     threshold, whether more may
 * @param partial whether shards are missing from the answer, and so perhaps matches
 * @param shards which shards the answer rests on; absent where none had to be asked
 * @param model the model that compared the images
 * @param query the query image, where the query was one
 * @param textTruncated true where the query was a text of which the model sees the beginning alone;
 *     else absent
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SearchAnswer(
    Verdict verdict,
    List<Match> matches,
    boolean truncated,
    boolean partial,
    @Nullable Coverage shards,
    ModelSummary model,
    @Nullable QueryImage query,
    @Nullable Boolean textTruncated) {
  public SearchAnswer {
    matches = List.copyOf(matches);
  }

  /** Returns this answer to a text of which the model sees the beginning alone. */
  SearchAnswer toTruncatedText() {
    return new SearchAnswer(verdict, matches, truncated, partial, shards, model, query, true);
  }

  /** What came of a search. */
  public enum Verdict {
    /** There are matches. */
    MATCHES,
    /** No image of the tenant is similar enough. */
    NO_MATCHES,
    /** The query picture carries no information (one colour, or nearly) and matches nothing. */
    LOW_INFORMATION
  }

  /**
   * An image that was found.
   *
   * @param imageId the image
   * @param similarity cosine of its vector and the query's; to a text it is far lower than between
   *     pictures, and only the order of the matches counts
   * @param exactBytes whether it was uploaded with the query image's very bytes
   * @param uploadedAt when it was uploaded
   * @param category its category
   * @param contentHash hexadecimal SHA-256 of its bytes
   * @param width of the upright picture, in pixels
   * @param height of the upright picture, in pixels
   * @param mediaType {@code text/plain} of a text that was indexed; absent of images
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Match(
      String imageId,
      float similarity,
      boolean exactBytes,
      Instant uploadedAt,
      String category,
      String contentHash,
      int width,
      int height,
      @Nullable String mediaType) {}

  /**
   * The query image.
   *
   * @param contentHash hexadecimal SHA-256 of its bytes
   * @param width of the upright picture, in pixels
   * @param height of the upright picture, in pixels
   */
  public record QueryImage(String contentHash, int width, int height) {}
}
