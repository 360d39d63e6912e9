package io.semblance.search;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.InvalidEventException;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.VectorIndexStore;
import io.semblance.stream.StreamThreadProgress;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Puts the embeddings of a model for searches into their shard of its index, and does no more. */
public final class SearchIndexProcessor implements Processor<String, byte[], Void, Void> {
  private static final Duration MAINTENANCE_INTERVAL = Duration.ofSeconds(10);

  private final ModelIndex index;
  private final EmbeddingRows rows;
  private final StreamThreadProgress progress;

  private ProcessorContext<Void, Void> context;
  private TopicPartition partition;
  private VectorIndexStore store;

  /**
   * @param rows turns records into rows of the index
   */
  public SearchIndexProcessor(ModelIndex index, EmbeddingRows rows, StreamThreadProgress progress) {
    this.index = index;
    this.rows = rows;
    this.progress = progress;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    this.context = context;
    partition = new TopicPartition(index.topic(), context.taskId().partition());
    store = context.getStateStore(index.store());
    store.load();
    context.schedule(
        MAINTENANCE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, time -> store.maintain());
  }

  @Override
  public void process(Record<String, byte[]> embedding) {
    try {
      RecordMetadata position =
          context
              .recordMetadata()
              .orElseThrow(() -> new IllegalStateException("embeddings come from a topic alone"));
      apply(embedding, position.topic(), position.partition(), position.offset());
    } finally {
      progress.processed(context);
    }
  }

  private void apply(Record<String, byte[]> embedding, String topic, int number, long offset) {
    if (embedding.value() == null) {
      store.delete(embedding.key(), topic, number, offset);
      return;
    }
    try {
      store.put(
          rows.row(embedding.key(), embedding.value(), EmbeddingHeaders.read(embedding.headers())),
          topic,
          number,
          offset);
    } catch (InvalidEventException | SerializationException | IllegalArgumentException e) {
      // It goes to the dead letters; the store must still know that it is dealt with.
      store.skip(topic, number, offset);
      throw e;
    }
  }

  @Override
  public void close() {
    progress.forget(partition);
  }
}
