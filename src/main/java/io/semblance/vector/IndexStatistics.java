package io.semblance.vector;

/**
 * What an index holds at one moment.
 *
 * @param slots row slots in allocated segments
 * @param liveRows rows that {@link VectorIndex#get} can return
 * @param deletedRows deleted or replaced rows whose slots still wait for running searches to end
 * @param freeSlots slots ready for reuse
 * @param bytes off-heap bytes allocated
 * @param sequence sequence number of the last change
 * @param kernel which kernels score the rows, for example {@code simd-256}
 */
public record IndexStatistics(
    long slots,
    long liveRows,
    long deletedRows,
    long freeSlots,
    long bytes,
    long sequence,
    String kernel) {}
