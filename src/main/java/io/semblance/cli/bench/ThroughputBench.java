package io.semblance.cli.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Embeddings/s through Kafka under exactly-once, for a backlog. */
final class ThroughputBench {
  private final KafkaPath path;
  private final ServiceProcess service;
  private final List<Photographs.Pair> photographs;
  private final List<Double> backlog = new ArrayList<>();
  private final List<Double> firstToLast = new ArrayList<>();
  private final List<Double> processorMillis = new ArrayList<>();
  private int rounds;

  ThroughputBench(KafkaPath path, ServiceProcess service, List<Photographs.Pair> photographs) {
    this.path = path;
    this.service = service;
    this.photographs = photographs;
  }

  /**
   * Medians of all rounds.
   *
   * @param embeddingsPerSecond from the first upload's sending to the last embedding seen
   *     committed: includes producing the backlog and the first and last commit
   * @param firstToLastPerSecond from the first to the last embedding's writing by the service
   * @param processorMillis processor time of the service and its broker
   */
  record Result(double embeddingsPerSecond, double firstToLastPerSecond, double processorMillis) {}

  /** Uploads every photograph at once and waits for all embeddings. */
  void round(boolean counts) throws InterruptedException {
    int round = rounds++;
    Duration processorBefore = service.processorTime();
    List<String> ids = new ArrayList<>();
    long started = System.nanoTime();
    for (int i = 0; i < photographs.size(); i++) {
      Photographs.Pair pair = photographs.get(i);
      String id = "throughput-%d-%d".formatted(round, i);
      path.sender.send(id, "throughput-%d-%d".formatted(round, pair.group()), pair.original());
      ids.add(id);
    }
    path.embeddings.await(ids, KafkaPath.TIME_LIMIT);
    long last =
        ids.stream().mapToLong(id -> path.embeddings.of(id).seenNanos()).max().orElseThrow();
    List<Instant> emitted =
        ids.stream().map(id -> path.embeddings.of(id).emitted()).sorted().toList();
    path.drain("drain-" + round, photographs.getFirst());
    if (counts) {
      backlog.add(ids.size() * 1e9 / (last - started));
      firstToLast.add(
          (ids.size() - 1)
              * 1e9
              / Duration.between(emitted.getFirst(), emitted.getLast()).toNanos());
      processorMillis.add(
          service.processorTime().minus(processorBefore).toMillis() / (double) ids.size());
    }
  }

  Result result() {
    return new Result(
        Distribution.median(backlog),
        Distribution.median(firstToLast),
        Distribution.median(processorMillis));
  }
}
