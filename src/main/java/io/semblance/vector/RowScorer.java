package io.semblance.vector;

import org.jspecify.annotations.Nullable;

/**
 * Scores rows by the canonical kernel and offers them to their probe, as of one sequence number.
 * For one thread.
 *
 * <p>Rows that codes have left over lie far apart, and most of the time goes into waiting for their
 * memory: so they are collected, and some are touched ahead of the one in work.
 */
final class RowScorer {
  private static final int ROWS_PER_BLOCK = RowSegment.ROWS_PER_BLOCK;

  /** How many rows ahead memory is touched. */
  private static final int ROWS_AHEAD = 4;

  private final VectorIndex index;
  private final long sequence;
  private final PartPruning parts;
  private final MemoryTouch memory = new MemoryTouch();
  private final SearchCounts counts = new SearchCounts();
  private final float[] scores = new float[ROWS_PER_BLOCK];
  private final float[][] tileScores = new float[SlabSums.TILE][ROWS_PER_BLOCK];

  RowScorer(VectorIndex index, long sequence) {
    this.index = index;
    this.parts = new PartPruning(index.kernels().slabSums());
    this.sequence = sequence;
  }

  long sequence() {
    return sequence;
  }

  SearchCounts counts() {
    return counts;
  }

  /** Scores rows of one block: bit r for row r. */
  void score(Probe probe, RowSegment segment, int block, long rows) {
    counts.addScored(Long.bitCount(rows));
    scoreRows(probe, segment, block, rows);
    collect(probe, segment, block, rows, scores);
  }

  private void scoreRows(Probe probe, RowSegment segment, int block, long rows) {
    segment.verify(block, rows);
    index
        .kernels()
        .dotProducts()
        .scoreRows(
            probe.query(),
            segment.vectors(),
            segment.blockOffset(block),
            index.options().stride(),
            rows,
            scores);
  }

  /**
   * Scores rows of one block for several probes.
   *
   * @param masks the rows of each probe
   */
  void scoreTile(Probe[] probes, RowSegment segment, int block, long[] masks) {
    float[][] queries = new float[probes.length][];
    long any = 0;
    for (int i = 0; i < probes.length; i++) {
      queries[i] = probes[i].query();
      any |= masks[i];
      counts.addScored(Long.bitCount(masks[i]));
    }
    segment.verify(block, any);
    index
        .kernels()
        .dotProducts()
        .scoreRowsOfTile(
            queries,
            segment.vectors(),
            segment.blockOffset(block),
            index.options().stride(),
            any,
            tileScores);
    for (int i = 0; i < probes.length; i++) {
      collect(probes[i], segment, block, masks[i], tileScores[i]);
    }
  }

  /** Returns a row's score, or NaN where the probe may not see the row. */
  float scoreOf(Probe probe, RowSegment segment, int slot) {
    if (!segment.isVisible(slot, sequence) || probe.excludes(segment.id(slot))) {
      return Float.NaN;
    }
    int row = slot % ROWS_PER_BLOCK;
    scoreRows(probe, segment, slot / ROWS_PER_BLOCK, 1L << row);
    return scores[row];
  }

  private void collect(Probe probe, RowSegment segment, int block, long mask, float[] scores) {
    TopHits hits = probe.hits();
    float bar = probe.bar();
    int first = block * ROWS_PER_BLOCK;
    for (long left = mask; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (scores[row] >= bar) {
        int slot = first + row;
        if (segment.isVisible(slot, sequence) && !probe.excludes(segment.id(slot))) {
          hits.offer(
              new SearchHit(
                  segment.id(slot), scores[row], segment.born(slot), segment.payload(slot)));
          bar = probe.bar();
        }
      }
    }
  }

  /** Deals with all rows of a segment that a probe's lists hold, and empties the lists. */
  void settle(Probe probe, RowSegment segment, @Nullable RowCodes codes) {
    if (codes != null) {
      parts.prune(probe, codes);
    }
    Candidates rows = probe.toScore();
    probe.noteLeft(rows.size());
    int position = 0;
    while (position < rows.size()) {
      int block = rows.slot(position) / ROWS_PER_BLOCK;
      long mask = 0;
      for (; position < rows.size() && rows.slot(position) / ROWS_PER_BLOCK == block; position++) {
        mask |= 1L << rows.slot(position);
      }
      int ahead = Math.min(position + ROWS_AHEAD, rows.size() - 1);
      memory.touch(segment.vectors(), segment.rowOffset(rows.slot(ahead)));
      score(probe, segment, block, mask);
    }
    rows.clear();
  }
}
