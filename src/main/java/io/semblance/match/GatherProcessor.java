package io.semblance.match;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EventMetadata;
import io.semblance.event.MatchAlert;
import io.semblance.event.PairId;
import io.semblance.event.ProbeHeaders;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import io.semblance.store.VectorIndexStore;
import io.semblance.stream.StreamThreadProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Merges the reports of all shards on one probe and, when the last has come, forwards the alert
 * that they add up to: one for each upload, naming the pairs that {@link PairLedger} leaves to it;
 * none where there is nothing to name or where the image has been deleted meanwhile.
 */
public final class GatherProcessor implements Processor<String, ShardReport, String, MatchAlert> {
  private static final Comparator<MatchAlert.Match> BEST_FIRST =
      Comparator.comparing(MatchAlert.Match::similarity, Comparator.reverseOrder())
          .thenComparing(MatchAlert.Match::imageId);

  private static final Duration PRUNING_INTERVAL = Duration.ofHours(1);

  private final MatchOptions options;
  private final StreamThreadProgress progress;
  private final MatchMetrics metrics;

  private ProcessorContext<String, MatchAlert> context;
  private TopicPartition partition;
  private VectorIndexStore store;
  private KeyValueStore<String, PendingProbe> pending;
  private PairLedger pairs;

  public GatherProcessor(
      MatchOptions options, StreamThreadProgress progress, MatchMetrics metrics) {
    this.options = options;
    this.progress = progress;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<String, MatchAlert> context) {
    this.context = context;
    partition = new TopicPartition(Topics.SHARD_MATCHES, context.taskId().partition());
    store = context.getStateStore(MatchStores.INDEX);
    pending = context.getStateStore(MatchStores.PENDING_PROBES);
    pairs = new PairLedger(context.getStateStore(MatchStores.PAIRS), context::currentSystemTimeMs);
    context.schedule(
        PRUNING_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        time -> pairs.forgetBefore(time - options.pairRetention().toMillis()));
  }

  @Override
  public void process(Record<String, ShardReport> report) {
    try {
      metrics.gather.record(() -> gather(report));
    } finally {
      progress.processed(context);
    }
  }

  private void gather(Record<String, ShardReport> record) {
    ShardReport report = record.value();
    @Nullable PendingProbe known = pending.get(report.probeId());
    PendingProbe probe = (known == null ? new PendingProbe(List.of()) : known).with(report);
    if (!probe.isComplete()) {
      pending.put(report.probeId(), probe);
      return;
    }
    if (known != null) {
      pending.delete(report.probeId());
    }
    if (store.get(record.key()).isEmpty()) {
      return; // deleted since it was probed
    }
    MatchAlert alert = alert(record, probe);
    if (!alert.matches().isEmpty()) {
      metrics.alerts.increment();
      metrics.matches.increment(alert.matches().size());
      context.forward(record.withValue(alert));
    }
  }

  private MatchAlert alert(Record<String, ShardReport> record, PendingProbe probe) {
    EmbeddingMetadata metadata = EmbeddingHeaders.read(record.headers());
    EventMetadata upload = metadata.upload();
    List<MatchAlert.Match> matches = new ArrayList<>();
    for (ShardReport report : probe.reports()) {
      for (ShardReport.Found found : report.matches()) {
        String pairId =
            PairId.of(record.key(), metadata.contentHash(), found.imageId(), found.contentHash());
        if (pairs.claim(
            record.key(), pairId, found.alerted(), isLater(record.key(), upload, found))) {
          matches.add(match(metadata, found, pairId));
        } else {
          metrics.silencedPairs.increment();
        }
      }
    }
    matches.sort(BEST_FIRST);
    return new MatchAlert(
        upload.eventId() + "/alert/" + probe.reports().getFirst().probeId(),
        record.key(),
        upload.eventId(),
        upload.source(),
        upload.time(),
        upload.tenant(),
        upload.category(),
        upload.extensions(),
        metadata.contentHash(),
        metadata.width(),
        metadata.height(),
        new MatchAlert.Model(
            metadata.modelId(), metadata.modelVersion(), metadata.modelFingerprint()),
        ProbeHeaders.read(record.headers()).threshold(),
        matches,
        probe.reports().stream().anyMatch(ShardReport::truncated),
        new MatchAlert.Shards(
            probe.reports().getFirst().shardCount(),
            probe.reports().stream().map(ShardReport::shard).toList()));
  }

  private static MatchAlert.Match match(
      EmbeddingMetadata metadata, ShardReport.Found found, String pairId) {
    return new MatchAlert.Match(
        found.imageId(),
        pairId,
        found.similarity(),
        found.contentHash().equals(metadata.contentHash()),
        found.uploadedAt(),
        found.category(),
        found.width(),
        found.height());
  }

  /** Whether this image is the later upload; of two at one time, that of the greater id. */
  private static boolean isLater(String imageId, EventMetadata upload, ShardReport.Found found) {
    int byTime = upload.time().compareTo(found.uploadedAt());
    return byTime > 0 || (byTime == 0 && imageId.compareTo(found.imageId()) > 0);
  }

  @Override
  public void close() {
    progress.forget(partition);
  }
}
