package io.semblance.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.InvalidEventException;
import io.semblance.event.VectorSerde;
import io.semblance.vector.IndexRow;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Turns records of {@code image-embeddings} into rows of one model's index. */
public final class EmbeddingRows implements EmbeddingRowDecoder {
  private final String modelId;
  private final String modelFingerprint;
  private final int dimension;
  private final EmbeddingMetadataCodec codec;

  /**
   * @param modelId the id of the index's model, for messages
   * @param modelFingerprint the only fingerprint that is let in
   * @param dimension the only dimension that is let in
   * @param codec encodes the rows' payloads
   */
  public EmbeddingRows(
      String modelId, String modelFingerprint, int dimension, EmbeddingMetadataCodec codec) {
    this.modelId = modelId;
    this.modelFingerprint = modelFingerprint;
    this.dimension = dimension;
    this.codec = codec;
  }

  /** Returns the fingerprint of the index's model. */
  public String modelFingerprint() {
    return modelFingerprint;
  }

  /** Returns the components of every vector. */
  public int dimension() {
    return dimension;
  }

  /** Returns the id of the index's model. */
  public String modelId() {
    return modelId;
  }

  /** Returns the model of an embedding, for people, if it is another than the index's. */
  Optional<String> foreignModel(EmbeddingMetadata metadata) {
    return metadata.modelFingerprint().equals(modelFingerprint)
        ? Optional.empty()
        : Optional.of(
            "model %s (fingerprint %s)".formatted(metadata.modelId(), metadata.modelFingerprint()));
  }

  /**
   * Returns the row of one embedding.
   *
   * @param value the vector in its wire form
   * @throws InvalidEventException if it is of another model or dimension
   */
  public IndexRow row(String imageId, byte[] value, EmbeddingMetadata metadata) {
    foreignModel(metadata)
        .ifPresent(foreign -> {
          throw new InvalidEventException(
              "an embedding of %s, but this index is of model %s (fingerprint %s): upload the image again to embed it with this model"
                  .formatted(foreign, modelId, modelFingerprint));
        });
    float[] vector = VectorSerde.fromBytes(value);
    if (vector.length != dimension) {
      throw new InvalidEventException(
          "an embedding of dimension %d, but this index holds dimension %d"
              .formatted(vector.length, dimension));
    }
    return new IndexRow(
        imageId,
        vector,
        metadata.upload().tenant(),
        metadata.upload().category(),
        codec.encode(metadata),
        !metadata.lowInformation());
  }

  @Override
  public Decoded decode(ConsumerRecord<byte[], byte[]> record) {
    String imageId = new String(record.key(), UTF_8);
    if (record.value() == null) {
      return new Decoded.Deletion(imageId);
    }
    try {
      EmbeddingMetadata metadata = EmbeddingHeaders.read(record.headers());
      Optional<String> foreign = foreignModel(metadata);
      return foreign.isPresent()
          ? new Decoded.Foreign(foreign.get())
          : new Decoded.Row(row(imageId, record.value(), metadata));
    } catch (RuntimeException e) { // whatever is wrong with it, a restore must get past it
      return new Decoded.Rejected(String.valueOf(e.getMessage()));
    }
  }
}
