package io.semblance.match;

import io.semblance.event.ShardReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The reports that a probe has got so far, at most one of each shard.
 *
 * @param imageId the probed image
 * @param headers the probe's headers
 * @param timestamp of the probed upload, in milliseconds since the epoch
 * @param since when the first report came, in milliseconds since the epoch
 * @param reports ascending by shard
 */
record PendingProbe(
    String imageId,
    Map<String, String> headers,
    long timestamp,
    long since,
    List<ShardReport> reports) {
  PendingProbe {
    headers = Map.copyOf(headers);
    reports = List.copyOf(reports);
  }

  /** Returns this with {@code report}, which takes the place of an earlier one of its shard. */
  PendingProbe with(ShardReport report) {
    List<ShardReport> merged = new ArrayList<>(reports);
    merged.removeIf(known -> known.shard() == report.shard());
    merged.add(report);
    merged.sort(Comparator.comparingInt(ShardReport::shard));
    return new PendingProbe(imageId, headers, timestamp, since, merged);
  }

  boolean isComplete() {
    return !reports.isEmpty() && reports.size() >= reports.getFirst().shardCount();
  }
}
