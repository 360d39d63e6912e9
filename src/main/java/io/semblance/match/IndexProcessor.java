package io.semblance.match;

import io.semblance.event.ProbeHeaders;
import io.semblance.event.Topics;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.EmbeddingWriter;
import io.semblance.stream.StreamThreadProgress;
import java.util.function.IntSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
  private final EmbeddingRows rows;
  private final float threshold;
  private final IntSupplier shardCount;
  private final StreamThreadProgress progress;
  private final MatchMetrics metrics;

  private ProcessorContext<String, byte[]> context;
  private TopicPartition partition;
  private EmbeddingWriter writer;
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
    shards = shardCount.getAsInt();
    writer = new EmbeddingWriter(context, MatchStores.INDEX, rows);
    pairs = new PairLedger(context.getStateStore(MatchStores.PAIRS), context::currentSystemTimeMs);
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
    writer.delete(imageId);
    pairs.forget(imageId);
    metrics.deleted.increment();
  }

  private void insertAndProbe(Record<String, byte[]> embedding) {
    EmbeddingWriter.Written written = metrics.insert.record(() -> writer.put(embedding));
    metrics.inserted.increment();
    if (!written.row().searchable()
        || written.metadata().upload().isText()) { // a text is no copy of anything
      return;
    }
    Headers headers = new RecordHeaders(embedding.headers().toArray());
    RecordMetadata position = writer.position();
    String probeId = "%d-%d".formatted(position.partition(), position.offset());
    new ProbeHeaders(probeId, threshold, shards).write(headers);
    context.forward(embedding.withHeaders(headers));
  }

  @Override
  public void close() {
    progress.forget(partition);
  }
}
