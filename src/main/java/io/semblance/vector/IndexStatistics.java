package io.semblance.vector;

/**
 * What an index holds at one moment.
 *
 * @param slots row slots in allocated segments
 * @param liveRows rows that {@link VectorIndex#get} can return
 * @param deletedRows deleted or replaced rows whose slots still wait: for running searches to end,
 *     or for a snapshot
 * @param retainedRows those of them that the last snapshot may name, and that therefore wait for
 *     the next one
 * @param freeSlots slots ready for reuse
 * @param codedRows rows that have a code to be passed over by, dead ones included
 * @param codeBytes off-heap bytes of codes, which every search reads: the hot part
 * @param vectorBytes off-heap bytes of vectors, which searches read here and there: the cold part
 * @param rowsSearched rows that searches had to answer for, those outside of their filters not
 *     counted, since the index was made
 * @param rowsPastFirstSlab those of them that the first slab of their codes could not pass over
 * @param rowsScored those of the rows searched whose vectors were read: the others were passed over
 * @param rowsFound those of them that were answered
 * @param sequence sequence number of the last change
 * @param kernel which kernels score the rows, for example {@code simd-256}
 */
public record IndexStatistics(
    long slots,
    long liveRows,
    long deletedRows,
    long retainedRows,
    long freeSlots,
    long codedRows,
    long codeBytes,
    long vectorBytes,
    long rowsSearched,
    long rowsPastFirstSlab,
    long rowsScored,
    long rowsFound,
    long sequence,
    String kernel) {
  /** Returns all off-heap bytes allocated. */
  public long bytes() {
    return codeBytes + vectorBytes;
  }
}
