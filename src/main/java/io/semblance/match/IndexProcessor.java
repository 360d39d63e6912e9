package io.semblance.match;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.InvalidEventException;
import io.semblance.event.ProbeHeaders;
import io.semblance.event.Topics;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.VectorIndexStore;
import io.semblance.stream.StreamThreadProgress;
import io.semblance.vector.IndexRow;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Insert, then probe: puts each vector of {@code image-embeddings} into this shard and then sends a
 * probe for it to every shard. Because every insertion comes before its own probe, of any two
 * near-duplicates at least one probe meets the other's vector, however partitions interleave.
 */
public final class IndexProcessor implements Processor<String, byte[], String, byte[]> {
  private static final Duration MAINTENANCE_INTERVAL = Duration.ofSeconds(10);

  private final EmbeddingRows rows;
  private final float threshold;
  private final IntSupplier shardCount;
  private final StreamThreadProgress progress;
  private final MatchMetrics metrics;

  private ProcessorContext<String, byte[]> context;
  private TopicPartition partition;
  private VectorIndexStore store;
  private PairLedger pairs;
  private int shards;

  /**
   * @param rows turns records into rows of the index
   * @param threshold lowest similarity that counts as a match
   * @param shardCount asks how many partitions the index has; its failure fails the task, and no
   *     embedding is dealt with before it is known
   */
  public IndexProcessor(
      EmbeddingRows rows,
      float threshold,
      IntSupplier shardCount,
      StreamThreadProgress progress,
      MatchMetrics metrics) {
    this.rows = rows;
    this.threshold = threshold;
    this.shardCount = shardCount;
    this.progress = progress;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    partition = new TopicPartition(Topics.IMAGE_EMBEDDINGS, context.taskId().partition());
    store = context.getStateStore(MatchStores.INDEX);
    shards = shardCount.getAsInt();
    store.load();
    pairs = new PairLedger(context.getStateStore(MatchStores.PAIRS), context::currentSystemTimeMs);
    context.schedule(
        MAINTENANCE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, time -> store.maintain());
  }

  @Override
  public void process(Record<String, byte[]> embedding) {
    try {
      if (embedding.value() == null) {
        delete(embedding.key());
      } else {
        insertAndProbe(embedding);
      }
    } finally {
      progress.processed(context);
    }
  }

  private void delete(String imageId) {
    RecordMetadata position = recordMetadata();
    store.delete(imageId, position.topic(), position.partition(), position.offset());
    pairs.forget(imageId);
    metrics.deleted.increment();
  }

  private void insertAndProbe(Record<String, byte[]> embedding) {
    RecordMetadata position = recordMetadata();
    IndexRow row;
    EmbeddingMetadata metadata;
    try {
      metadata = EmbeddingHeaders.read(embedding.headers());
      IndexRow read = rows.row(embedding.key(), embedding.value(), metadata);
      metrics.insert.record(
          () -> store.put(read, position.topic(), position.partition(), position.offset()));
      row = read;
    } catch (InvalidEventException | SerializationException | IllegalArgumentException e) {
      // It goes to the dead letters; the store must still know that it is dealt with.
      store.skip(position.topic(), position.partition(), position.offset());
      throw e;
    }
    metrics.inserted.increment();
    if (!row.searchable() || metadata.upload().isText()) { // a text is no copy of anything
      return;
    }
    Headers headers = new RecordHeaders(embedding.headers().toArray());
    String probeId = "%d-%d".formatted(position.partition(), position.offset());
    new ProbeHeaders(probeId, threshold, shards).write(headers);
    context.forward(embedding.withHeaders(headers));
  }

  private RecordMetadata recordMetadata() {
    return context
        .recordMetadata()
        .orElseThrow(() -> new IllegalStateException("embeddings come from a topic alone"));
  }

  @Override
  public void close() {
    progress.forget(partition);
  }
}
