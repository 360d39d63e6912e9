package io.semblance.vector;

/**
 * A row that a search found.
 *
 * @param id the row's id
 * @param score the canonical float32 inner product of query and row
 * @param sequence the row's sequence number: greater for rows put later
 * @param payload the row's payload
 */
public record SearchHit(String id, float score, long sequence, byte[] payload) {}
