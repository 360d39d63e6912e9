package io.semblance.match;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** The meters of matching. */
public final class MatchMetrics {
  final Timer insert;
  final Timer probe;
  final Timer gather;
  final Counter inserted;
  final Counter deleted;
  final Counter probed;
  final Counter alerts;
  final Counter matches;
  final Counter silencedPairs;
  final Counter incompleteProbes;

  public MatchMetrics(MeterRegistry registry) {
    insert = timer(registry, "semblance.index.insert", "Putting one vector into its shard");
    probe = timer(registry, "semblance.match.probe", "Searching a shard for one probe");
    gather = timer(registry, "semblance.match.gather", "Merging one shard's report");
    inserted = counter(registry, "semblance.index.insertions", "Vectors put into a shard");
    deleted = counter(registry, "semblance.index.deletions", "Deletions that reached a shard");
    probed = counter(registry, "semblance.match.probes", "Probes answered by a shard");
    alerts = counter(registry, "semblance.match.alerts", "Alerts emitted");
    matches = counter(registry, "semblance.match.matches", "Matches named in alerts");
    silencedPairs =
        counter(
            registry,
            "semblance.match.silenced.pairs",
            "Pairs left out of an alert because the other image's alert names them");
    incompleteProbes =
        counter(
            registry,
            "semblance.match.incomplete.probes",
            "Probes concluded without the reports of all shards");
  }

  private static Timer timer(MeterRegistry registry, String name, String description) {
    return Timer.builder(name).description(description).register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }
}
