package io.semblance.match;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.CloudEventHeaders;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.EventMetadata;
import io.semblance.event.MatchAlert;
import io.semblance.event.PairId;
import io.semblance.event.ProbeHeaders;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import io.semblance.store.VectorIndexStore;
import io.semblance.stream.StreamThreadProgress;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Merges the reports of all shards on one probe and, when the last has come, forwards the alert
 * that they add up to: one for each upload, naming the pairs that {@link PairLedger} leaves to it;
 * none where there is nothing to name or where the image has been deleted or replaced meanwhile.
 */
public final class GatherProcessor implements Processor<String, ShardReport, String, MatchAlert> {
  private static final Comparator<MatchAlert.Match> BEST_FIRST =
      Comparator.comparing(MatchAlert.Match::similarity, Comparator.reverseOrder())
          .thenComparing(MatchAlert.Match::imageId);

  private static final Logger LOG = System.getLogger(GatherProcessor.class.getName());

  private static final Duration PRUNING_INTERVAL = Duration.ofHours(1);
  private static final Duration OVERDUE_INTERVAL = Duration.ofSeconds(10);

  private final MatchOptions options;
  private final EmbeddingMetadataCodec codec;
  private final StreamThreadProgress progress;
  private final MatchMetrics metrics;

  private ProcessorContext<String, MatchAlert> context;
  private TopicPartition partition;
  private VectorIndexStore store;
  private KeyValueStore<String, PendingProbe> pending;
  private PairLedger pairs;
  private long started;

  public GatherProcessor(
      MatchOptions options,
      EmbeddingMetadataCodec codec,
      StreamThreadProgress progress,
      MatchMetrics metrics) {
    this.options = options;
    this.codec = codec;
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
    started = context.currentSystemTimeMs();
    context.schedule(
        PRUNING_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        time -> pairs.prune(time - options.pairRetention().toMillis(), options.pairsPerShardMax()));
    context.schedule(OVERDUE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::concludeOverdue);
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
    PendingProbe probe =
        (known == null
                ? new PendingProbe(
                    record.key(),
                    textHeaders(record.headers()),
                    record.timestamp(),
                    context.currentSystemTimeMs(),
                    List.of())
                : known)
            .with(report);
    if (!probe.isComplete()) {
      pending.put(report.probeId(), probe);
      return;
    }
    if (known != null) {
      pending.delete(report.probeId());
    }
    conclude(probe);
  }

  /**
   * Concludes the probes whose missing reports have not come in time, with what the others found: a
   * report is lost where its probe went to the dead letters. Time counts while this task runs.
   */
  private void concludeOverdue(long now) {
    long due = now - options.gatherTimeLimit().toMillis();
    if (started > due) {
      return;
    }
    List<KeyValue<String, PendingProbe>> overdue = new ArrayList<>();
    try (KeyValueIterator<String, PendingProbe> probes = pending.all()) {
      while (probes.hasNext()) {
        KeyValue<String, PendingProbe> probe = probes.next();
        if (probe.value.since() <= due) {
          overdue.add(probe);
        }
      }
    }
    for (KeyValue<String, PendingProbe> probe : overdue) {
      LOG.log(
          Level.WARNING,
          "the probe {0} for {1} is concluded with {2} of {3} shards'' reports after {4}",
          probe.key,
          probe.value.imageId(),
          probe.value.reports().size(),
          probe.value.reports().getFirst().shardCount(),
          options.gatherTimeLimit());
      pending.delete(probe.key);
      metrics.incompleteProbes.increment();
      conclude(probe.value);
    }
  }

  private void conclude(PendingProbe probe) {
    Headers headers = new RecordHeaders();
    probe.headers().forEach((name, value) -> CloudEventHeaders.set(headers, name, value));
    EmbeddingMetadata metadata = EmbeddingHeaders.read(headers);
    if (!isStill(probe.imageId(), metadata.contentHash())) {
      return;
    }
    MatchAlert alert = alert(probe, metadata, ProbeHeaders.read(headers).threshold());
    if (!alert.matches().isEmpty()) {
      metrics.alerts.increment();
      metrics.matches.increment(alert.matches().size());
      context.forward(new Record<>(probe.imageId(), alert, probe.timestamp(), headers));
    }
  }

  /** Whether the image has neither been deleted nor replaced by other content since its probe. */
  private boolean isStill(String imageId, String contentHash) {
    return store
        .get(imageId)
        .filter(row -> codec.decode(row.payload()).contentHash().equals(contentHash))
        .isPresent();
  }

  private static Map<String, String> textHeaders(Headers headers) {
    Map<String, String> texts = new HashMap<>();
    for (Header header : headers) {
      if (header.value() != null) {
        texts.put(header.key(), new String(header.value(), UTF_8));
      }
    }
    return texts;
  }

  private MatchAlert alert(PendingProbe probe, EmbeddingMetadata metadata, float threshold) {
    EventMetadata upload = metadata.upload();
    List<MatchAlert.Match> matches = new ArrayList<>();
    for (ShardReport report : probe.reports()) {
      for (ShardReport.Found found : report.matches()) {
        String pairId =
            PairId.of(
                probe.imageId(), metadata.contentHash(), found.imageId(), found.contentHash());
        if (pairs.claim(
            probe.imageId(), pairId, found.alerted(), isLater(probe.imageId(), upload, found))) {
          matches.add(match(metadata, found, pairId));
        } else {
          metrics.silencedPairs.increment();
        }
      }
    }
    matches.sort(BEST_FIRST);
    ShardReport first = probe.reports().getFirst();
    List<Integer> answered = probe.reports().stream().map(ShardReport::shard).toList();
    String alertId = upload.eventId() + "/alert/" + first.probeId();
    return new MatchAlert(
        probe.isComplete() ? alertId : alertId + "/shards/" + join(answered),
        probe.imageId(),
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
        threshold,
        matches,
        probe.reports().stream().anyMatch(ShardReport::truncated),
        new MatchAlert.Shards(first.shardCount(), answered));
  }

  private static String join(List<Integer> shards) {
    return shards.stream().map(String::valueOf).collect(Collectors.joining("+"));
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
