package io.semblance.vector;

/**
 * One vector of the index with what belongs to it.
 *
 * @param id unique within the index; putting an id again replaces its row
 * @param vector of the index's dimension, finite; copied in on {@code put}
 * @param tenant searches see only rows of their own tenant; may be empty
 * @param category searches may be restricted to categories; may be empty
 * @param payload opaque bytes returned with each hit, at most {@link VectorIndex#PAYLOAD_BYTES_MAX}
 * @param searchable false for a row that can be got by id but never matches anything
 */
public record IndexRow(
    String id,
    float[] vector,
    String tenant,
    String category,
    byte[] payload,
    boolean searchable) {}
