package io.semblance.match;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.InvalidEventException;
import io.semblance.event.PairId;
import io.semblance.event.ProbeHeaders;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.VectorIndexStore;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Answers each probe of {@code match-probes} with what this shard holds, as a {@link ShardReport}
 * keyed by the probed image. Every report is sent, the empty ones too: the gatherer counts them.
 */
public final class ShardSearchProcessor implements Processor<String, byte[], String, ShardReport> {
  private final MatchOptions options;
  private final EmbeddingRows rows;
  private final EmbeddingMetadataCodec codec;
  private final PolledProbes polledProbes;
  private final StreamThreadProgress progress;
  private final MatchMetrics metrics;

  private ProcessorContext<String, ShardReport> context;
  private TopicPartition partition;
  private ShardSearch search;
  private PairLedger pairs;

  public ShardSearchProcessor(
      MatchOptions options,
      EmbeddingRows rows,
      EmbeddingMetadataCodec codec,
      PolledProbes polledProbes,
      StreamThreadProgress progress,
      MatchMetrics metrics) {
    this.options = options;
    this.rows = rows;
    this.codec = codec;
    this.polledProbes = polledProbes;
    this.progress = progress;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<String, ShardReport> context) {
    this.context = context;
    partition = new TopicPartition(Topics.MATCH_PROBES, context.taskId().partition());
    VectorIndexStore store = context.getStateStore(MatchStores.INDEX);
    store.load();
    search = new ShardSearch(store);
    pairs = new PairLedger(context.getStateStore(MatchStores.PAIRS), context::currentSystemTimeMs);
  }

  @Override
  public void process(Record<String, byte[]> probe) {
    try {
      metrics.probe.record(() -> report(probe));
      metrics.probed.increment();
    } finally {
      progress.processed(context);
    }
  }

  private void report(Record<String, byte[]> probe) {
    ProbeHeaders headers = ProbeHeaders.read(probe.headers());
    EmbeddingMetadata metadata = EmbeddingHeaders.read(probe.headers());
    SearchResult result = search(probe);
    List<ShardReport.Found> found = new ArrayList<>(result.hits().size());
    for (SearchHit hit : result.hits()) {
      EmbeddingMetadata row = codec.decode(hit.payload());
      if (!row.upload().isText()) {
        found.add(found(probe.key(), metadata, hit, row));
      }
    }
    context.forward(
        probe.withValue(
            new ShardReport(
                headers.probeId(),
                context.taskId().partition(),
                headers.shardCount(),
                found,
                result.truncated())));
  }

  private ShardReport.Found found(
      String imageId, EmbeddingMetadata probed, SearchHit hit, EmbeddingMetadata row) {
    String pairId = PairId.of(imageId, probed.contentHash(), hit.id(), row.contentHash());
    return new ShardReport.Found(
        hit.id(),
        hit.score(),
        row.contentHash(),
        row.upload().time(),
        row.upload().category(),
        row.width(),
        row.height(),
        pairs.found(hit.id(), pairId));
  }

  private SearchResult search(Record<String, byte[]> probe) {
    long offset = context.recordMetadata().map(RecordMetadata::offset).orElse(-1L);
    if (!search.isScanned(offset)) {
      NavigableMap<Long, SearchRequest> batch = new TreeMap<>();
      polledProbes
          .take(partition, offset + 1, options.probesPerScanMax() - 1)
          .forEach((at, record) -> addIfValid(batch, at, record));
      batch.put(offset, request(probe.key(), probe.value(), probe.headers()));
      search.scan(batch);
    }
    return search.answer(offset);
  }

  /** Leaves out a probe that cannot be read: it fails at its own turn, and it alone. */
  private void addIfValid(
      Map<Long, SearchRequest> batch, long offset, ConsumerRecord<byte[], byte[]> record) {
    try {
      String imageId = new String(record.key(), UTF_8);
      batch.put(offset, request(imageId, record.value(), record.headers()));
    } catch (InvalidEventException | SerializationException | NullPointerException e) {
      batch.remove(offset);
    }
  }

  private SearchRequest request(String imageId, byte[] value, Headers headers) {
    float[] vector = VectorSerde.fromBytes(value);
    if (vector.length != rows.dimension()) {
      throw new InvalidEventException(
          "a probe of dimension %d, but this index has %d: probe and index must come from one model"
              .formatted(vector.length, rows.dimension()));
    }
    return new SearchRequest(
        vector,
        options.matchesPerShardMax(),
        ProbeHeaders.read(headers).threshold(),
        new SearchFilter(EmbeddingHeaders.readUpload(headers).tenant(), Set.of(), Set.of(imageId)),
        0);
  }

  @Override
  public void close() {
    polledProbes.forget(partition);
    progress.forget(partition);
  }
}
