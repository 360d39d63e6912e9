package io.semblance.store;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.InvalidEventException;
import io.semblance.vector.IndexRow;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Writes the embeddings of a topic into their shard, for a processor and on its task's thread. A
 * processor makes one in its {@code init}: that reads the shard's snapshot and has the shard
 * maintained from then on.
 */
public final class EmbeddingWriter {
  private static final Duration MAINTENANCE_INTERVAL = Duration.ofSeconds(10);

  private final ProcessingContext context;
  private final VectorIndexStore store;
  private final EmbeddingRows rows;

  /**
   * @param store the name of the shard's store, a {@link VectorIndexStore}
   * @param rows turns records into rows of the index
   */
  public EmbeddingWriter(ProcessorContext<?, ?> context, String store, EmbeddingRows rows) {
    this.context = context;
    this.store = context.getStateStore(store);
    this.rows = rows;
    this.store.load();
    context.schedule(
        MAINTENANCE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, _ -> this.store.maintain());
  }

  /** What was put: the row, and the metadata that came with it. */
  public record Written(IndexRow row, EmbeddingMetadata metadata) {}

  /**
   * Puts the embedding that the task is at.
   *
   * @throws InvalidEventException if its headers are none of an embedding
   * @throws SerializationException if its value is no vector
   * @throws IllegalArgumentException if the row is not fit for the index
   */
  public Written put(Record<String, byte[]> embedding) {
    RecordMetadata position = position();
    Optional<String> foreignModel = Optional.empty();
    try {
      EmbeddingMetadata metadata = EmbeddingHeaders.read(embedding.headers());
      foreignModel = rows.foreignModel(metadata);
      IndexRow row = rows.row(embedding.key(), embedding.value(), metadata);
      store.put(row, position.topic(), position.partition(), position.offset());
      return new Written(row, metadata);
    } catch (InvalidEventException | SerializationException | IllegalArgumentException e) {
      // It goes to the dead letters; the store must still know that it is dealt with.
      if (foreignModel.isPresent()) {
        store.passOver(
            foreignModel.get(), position.topic(), position.partition(), position.offset());
      } else {
        store.skip(position.topic(), position.partition(), position.offset());
      }
      throw e;
    }
  }

  /** Deletes the row that the tombstone names that the task is at. */
  public void delete(String imageId) {
    RecordMetadata position = position();
    store.delete(imageId, position.topic(), position.partition(), position.offset());
  }

  /** Returns the place of the embedding that the task is at. */
  public RecordMetadata position() {
    return context
        .recordMetadata()
        .orElseThrow(() -> new IllegalStateException("embeddings come from a topic alone"));
  }
}
