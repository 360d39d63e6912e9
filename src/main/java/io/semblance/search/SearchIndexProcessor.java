package io.semblance.search;

import io.semblance.store.EmbeddingRows;
import io.semblance.store.EmbeddingWriter;
import io.semblance.stream.StreamThreadProgress;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Puts the embeddings of a model for searches into their shard of its index, and does no more. */
public final class SearchIndexProcessor implements Processor<String, byte[], Void, Void> {
  private final ModelIndex index;
  private final EmbeddingRows rows;
  private final StreamThreadProgress progress;

  private ProcessorContext<Void, Void> context;
  private TopicPartition partition;
  private EmbeddingWriter writer;

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
    writer = new EmbeddingWriter(context, index.store(), rows);
  }

  @Override
  public void process(Record<String, byte[]> embedding) {
    try {
      if (embedding.value() == null) {
        writer.delete(embedding.key());
      } else {
        writer.put(embedding);
      }
    } finally {
      progress.processed(context);
    }
  }

  @Override
  public void close() {
    progress.forget(partition);
  }
}
