package io.semblance.event;

import java.time.Instant;
import java.util.List;

/**
 * What one shard found for one probe: a record of the internal topic {@code shard-matches}, whose
 * headers are the probe's.
 *
 * @param probeId the probe; unique for each embedding that was probed
 * @param shard the number of the shard: its partition
 * @param shardCount how many shards the probe was sent to
 * @param matches best first; empty where nothing was found
 * @param truncated whether there were more matches than a shard may report
 */
public record ShardReport(
    String probeId, int shard, int shardCount, List<Found> matches, boolean truncated) {
  public ShardReport {
    matches = List.copyOf(matches);
  }

  /**
   * A row that the probe found.
   *
   * @param imageId the row's image
   * @param similarity cosine of the two vectors
   * @param contentHash hexadecimal SHA-256 of the row's upload
   * @param uploadedAt when the row's image was uploaded
   * @param category the row's category
   * @param width of the row's picture, in pixels
   * @param height of the row's picture, in pixels
   * @param alerted whether the row's own alert has already named this pair
   */
  public record Found(
      String imageId,
      float similarity,
      String contentHash,
      Instant uploadedAt,
      String category,
      int width,
      int height,
      boolean alerted) {}
}
