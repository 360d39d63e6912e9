package io.semblance.vector;

/**
 * What an index holds at one moment.
 *
 * @param slots row slots in allocated segments
 * @param liveRows rows that {@link VectorIndex#get} can return
 * @param deletedRows deleted or replaced rows whose slots still wait for running searches to end
 * @param freeSlots slots ready for reuse
 * @param codedSlots those of the slots whose rows have codes to be passed over by
 * @param bytes off-heap bytes allocated
 * @param rowsSearched rows that searches had to answer for, those outside of their filters not
 *     counted, since the index was made
 * @param rowsScored those of them whose vectors were read: the others were passed over
 * @param sequence sequence number of the last change
 * @param kernel which kernels score the rows, for example {@code simd-256}
 */
public record IndexStatistics(
    long slots,
    long liveRows,
    long deletedRows,
    long freeSlots,
    long codedSlots,
    long bytes,
    long rowsSearched,
    long rowsScored,
    long sequence,
    String kernel) {}
