package io.semblance.store;

import io.semblance.vector.IndexRow;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Says what a record of the store's topic means for the index, when the store is restored. */
@FunctionalInterface
public interface EmbeddingRowDecoder {
  /** What a record means. */
  sealed interface Decoded {
    /**
     * A row to put.
     *
     * @param row replaces the row of the same id
     */
    record Row(IndexRow row) implements Decoded {}

    /**
     * A tombstone.
     *
     * @param id of the row to delete, if there is one
     */
    record Deletion(String id) implements Decoded {}

    /**
     * An embedding of another model; it is counted and passed over.
     *
     * @param model the model, for people
     */
    record Foreign(String model) implements Decoded {}

    /**
     * A record that is not for this index; it is logged and passed over.
     *
     * @param reason for the log
     */
    record Rejected(String reason) implements Decoded {}
  }

  /**
   * Decodes one record. Called by the thread that restores the store, in offset order. It must
   * agree with what the store's processor does with the same record, and must not throw for bad
   * records.
   */
  Decoded decode(ConsumerRecord<byte[], byte[]> record);
}
