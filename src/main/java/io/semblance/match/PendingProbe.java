package io.semblance.match;

import io.semblance.event.ShardReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The reports that a probe has got so far, at most one of each shard.
 *
 * @param reports ascending by shard
 */
record PendingProbe(List<ShardReport> reports) {
  PendingProbe {
    reports = List.copyOf(reports);
  }

  /** Returns this with {@code report}, which takes the place of an earlier one of its shard. */
  PendingProbe with(ShardReport report) {
    List<ShardReport> merged = new ArrayList<>(reports);
    merged.removeIf(known -> known.shard() == report.shard());
    merged.add(report);
    merged.sort(Comparator.comparingInt(ShardReport::shard));
    return new PendingProbe(merged);
  }

  boolean isComplete() {
    return !reports.isEmpty() && reports.size() >= reports.getFirst().shardCount();
  }
}
