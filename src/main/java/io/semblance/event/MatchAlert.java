package io.semblance.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An alert: an image and the earlier-known images that it nearly duplicates. Its JSON form is
 * described by the schema {@code match-alert.schema.json}.
 *
 * <p>Each pair of images is alerted once, in the alert of one of the two: that of the later upload
 * where both could name the pair. {@link Match#pairId()} is the same from either side.
 *
 * @param alertId unique; the same again if the same embedding is processed again
 * @param imageId the image whose upload found the matches
 * @param eventId the CloudEvents id of that upload
 * @param source the CloudEvents source of that upload
 * @param uploadedAt when the image was uploaded
 * @param tenant the image's tenant; every match is of the same
 * @param category the image's category
 * @param attributes every extension attribute of the upload
 * @param contentHash hexadecimal SHA-256 of the uploaded bytes
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param model the model that compared the images
 * @param threshold lowest similarity that counted as a match
 * @param matches best first, never empty
 * @param truncated whether a shard found more matches than it may report
 * @param shards which shards of the index were asked and answered
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MatchAlert(
    String alertId,
    String imageId,
    String eventId,
    String source,
    Instant uploadedAt,
    String tenant,
    String category,
    Map<String, String> attributes,
    String contentHash,
    int width,
    int height,
    Model model,
    float threshold,
    List<Match> matches,
    boolean truncated,
    Shards shards) {

  public MatchAlert {
    attributes = Map.copyOf(attributes);
    matches = List.copyOf(matches);
  }

  /**
   * The model that compared the images.
   *
   * @param id the model package's id
   * @param version the model package's version
   * @param fingerprint hexadecimal SHA-256 of what determines its vectors
   */
  public record Model(String id, String version, String fingerprint) {}

  /**
   * One image that was matched.
   *
   * @param imageId the matched image
   * @param pairId names the pair of images and contents; the same from either side
   * @param similarity cosine of the two vectors
   * @param exactBytes whether both uploads had the very same bytes
   * @param uploadedAt when the matched image was uploaded
   * @param category the matched image's category
   * @param width of the matched picture, in pixels
   * @param height of the matched picture, in pixels
   */
  public record Match(
      String imageId,
      String pairId,
      float similarity,
      boolean exactBytes,
      Instant uploadedAt,
      String category,
      int width,
      int height) {}

  /**
   * Coverage of the search.
   *
   * @param total shards of the index
   * @param answered numbers of the shards that answered, ascending
   */
  public record Shards(int total, List<Integer> answered) {
    public Shards {
      answered = List.copyOf(answered);
    }
  }
}
