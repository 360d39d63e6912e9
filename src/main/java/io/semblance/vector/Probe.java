package io.semblance.vector;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request being answered by an {@link IndexScan}. For one thread. */
final class Probe {
  /** From this many blocks on in which codes passed over too little, rows are scored at once. */
  private static final int POOR_BLOCKS = 4;

  /** For so many blocks, before codes are tried again. */
  private static final int DIRECT_BLOCKS = 60;

  private final float[] vector;
  private final float[] query;
  private final TopHits hits;
  private final int filter;
  private final long afterSequence;
  private final Set<String> excludedIds;
  private @Nullable ProbeCode code;
  private int poorBlocks;
  private int directBlocks;

  /**
   * @param vector of the index's dimension
   * @param query the same, padded to the stride of rows
   * @param filter position of its row filter
   */
  Probe(
      float[] vector,
      float[] query,
      TopHits hits,
      int filter,
      long afterSequence,
      Set<String> excludedIds) {
    this.vector = vector;
    this.query = query;
    this.hits = hits;
    this.filter = filter;
    this.afterSequence = afterSequence;
    this.excludedIds = excludedIds;
  }

  float[] query() {
    return query;
  }

  TopHits hits() {
    return hits;
  }

  int filter() {
    return filter;
  }

  long afterSequence() {
    return afterSequence;
  }

  boolean excludes(String id) {
    return excludedIds.contains(id);
  }

  /** Returns the query's code by {@code codebook}; to be called by the search alone. */
  ProbeCode code(Codebook codebook) {
    ProbeCode present = code;
    if (present == null || present.codebook() != codebook) {
      present = new ProbeCode(codebook, vector);
      code = present;
    }
    return present;
  }

  /** Returns whether the next block's rows are better scored without a look at their codes. */
  boolean isDirect() {
    if (directBlocks > 0) {
      directBlocks--;
      return true;
    }
    return false;
  }

  /** Notes how many of a block's rows its codes left to be scored. */
  void noteScored(int rows, int of) {
    poorBlocks = 2 * rows > of ? poorBlocks + 1 : 0;
    if (poorBlocks >= POOR_BLOCKS) {
      directBlocks = DIRECT_BLOCKS;
      poorBlocks = 0;
    }
  }
}
