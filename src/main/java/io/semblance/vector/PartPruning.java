package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Passes over rows that cannot reach a score, by the parts of their codes: one part of all rows on
 * a list, then the next part of those that are left. The rows lie far apart, and most of the time
 * goes into waiting for their memory, so some are touched together before they are looked at. For
 * one thread.
 */
final class PartPruning {
  /** How many rows are touched together. */
  private static final int ROWS_AHEAD = 32;

  private static final int CACHE_LINE_BYTES = 64;

  private final SlabSums kernel;
  private final MemoryTouch ahead = new MemoryTouch();

  PartPruning(SlabSums kernel) {
    this.kernel = kernel;
  }

  /** Deals with all rows of a segment that a probe's lists of rows to check hold. */
  void prune(Probe probe, RowCodes codes) {
    for (int part = 0; part < probe.partsToCheck(); part++) {
      if (probe.toCheck(part).size() > 0) {
        prune(probe, codes, part);
      }
    }
  }

  /** Moves those rows on that a part of their codes cannot pass over. */
  private void prune(Probe probe, RowCodes codes, int part) {
    Candidates rows = probe.toCheck(part);
    ProbeCode code = probe.codeGiven();
    PartWeights weights = code.part(part);
    Candidates left = part + 1 < code.parts() ? probe.toCheck(part + 1) : probe.toScore();
    MemorySegment memory = codes.codes();
    float bar = probe.bar();
    int block = -1;
    float needed = 0;
    for (int position = 0; position < rows.size(); position++) {
      if (position % ROWS_AHEAD == 0) {
        touchParts(codes, rows, part, position);
      }
      int slot = rows.slot(position);
      if (slot / RowSegment.ROWS_PER_BLOCK != block) {
        block = slot / RowSegment.ROWS_PER_BLOCK;
        needed = code.partNeeded(part, codes, block, bar);
      }
      long at = codes.partOffset(slot, part);
      float total = rows.total(position) + kernel.partSum(memory, at, weights);
      if (total >= needed) {
        int tail = memory.get(ValueLayout.JAVA_BYTE, at + weights.tailByte());
        left.addRow(slot, total - tail * weights.tailWeight());
      }
    }
    rows.clear();
  }

  private void touchParts(RowCodes codes, Candidates rows, int part, int from) {
    MemorySegment memory = codes.codes();
    int to = Math.min(from + ROWS_AHEAD, rows.size());
    for (int position = from; position < to; position++) {
      long offset = codes.partOffset(rows.slot(position), part);
      ahead.touch(memory, offset);
      ahead.touch(memory, offset + CACHE_LINE_BYTES);
    }
  }
}
