package io.semblance.vector;

/**
 * What an index holds at one moment.
 *
 * @param slots row slots in allocated segments
 * @param liveRows rows that {@link VectorIndex#get} can return
 * @param deletedRows deleted or replaced rows whose slots still wait for running searches to end
 * @param freeSlots slots ready for reuse
 * @param codedRows rows that have a code to be passed over by, dead ones included
 * @param bytes off-heap bytes allocated
 * @param rowsSearched rows that searches had to answer for, those outside of their filters not
 *     counted, since the index was made
 * @param rowsPastFirstSlab those of them that the first slab of their codes could not pass over
 * @param rowsScored those of the rows searched whose vectors were read: the others were passed over
 * @param sequence sequence number of the last change
 * @param kernel which kernels score the rows, for example {@code simd-256}
 */
public record IndexStatistics(
    long slots,
    long liveRows,
    long deletedRows,
    long freeSlots,
    long codedRows,
    long bytes,
    long rowsSearched,
    long rowsPastFirstSlab,
    long rowsScored,
    long sequence,
    String kernel) {}
