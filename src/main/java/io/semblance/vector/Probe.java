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
  private final Candidates toCheck = new Candidates();
  private final Candidates toScore = new Candidates();
  private @Nullable ProbeCode code;
  private @Nullable ProbeCode otherCode;
  private float barOfSeeds = Float.NEGATIVE_INFINITY;
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

  /** Returns the query, of the index's dimension. */
  float[] vector() {
    return vector;
  }

  /** Returns the query's code; null where {@link #use} has not given it. */
  @Nullable ProbeCode code() {
    return code;
  }

  /** Returns the query's code, which must have been given. */
  ProbeCode codeGiven() {
    ProbeCode given = code;
    if (given == null) {
      throw new IllegalStateException("the probe was given no code");
    }
    return given;
  }

  /**
   * Gives the query's code; the one before is kept, for segments that are coded by another book.
   */
  void use(ProbeCode code) {
    otherCode = this.code;
    this.code = code;
  }

  /** Returns whether the query's code is, from now on, one by {@code codebook}. */
  boolean hasCodeBy(Codebook codebook) {
    ProbeCode other = otherCode;
    if (other != null && other.codebook() == codebook) {
      use(other);
    }
    return code != null && code.codebook() == codebook;
  }

  /** Returns rows that their prefix rows are to decide on. */
  Candidates toCheck() {
    return toCheck;
  }

  /** Returns rows that are to be scored. */
  Candidates toScore() {
    return toScore;
  }

  /** Returns the score that a row needs at least. */
  float bar() {
    return Math.max(barOfSeeds, hits.bar());
  }

  /** Notes that as many rows as wanted reach {@code score}. */
  void raiseBar(float score) {
    barOfSeeds = Math.max(barOfSeeds, score);
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
