package io.semblance.vector;

/**
 * What an index holds.
 *
 * @param rows rows that can be got by id
 * @param segments off-heap segments
 * @param bytes of vectors and payloads, allocated, used or not
 * @param slotsFree slots of deleted rows that wait for reuse
 * @param kernel which inner product this process uses
 */
public record IndexStatistics(long rows, int segments, long bytes, long slotsFree, String kernel) {}
