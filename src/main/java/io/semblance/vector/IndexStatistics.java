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
 * @param codedSlots those of the slots whose rows have codes to be passed over by
 * @param codeBytes off-heap bytes of codes, which every search reads: the hot part
 * @param vectorBytes off-heap bytes of vectors, which searches read here and there: the cold part
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
    long retainedRows,
    long freeSlots,
    long codedSlots,
    long codeBytes,
    long vectorBytes,
    long rowsSearched,
    long rowsScored,
    long sequence,
    String kernel) {
  /** Returns all off-heap bytes allocated. */
  public long bytes() {
    return codeBytes + vectorBytes;
  }
}
