package io.semblance.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request being answered by an {@link IndexScan}. For one thread. */
final class Probe {
  /** For so many blocks rows are scored at once where codes passed over too little. */
  private static final int DIRECT_BLOCKS = 120;

  private final float[] vector;
  private final float[] query;
  private final TopHits hits;
  private final int filter;
  private final long afterSequence;
  private final Set<String> excludedIds;
  private final List<Candidates> toCheck = new ArrayList<>();
  private final Candidates toScore = new Candidates();
  private @Nullable ProbeCode code;
  private @Nullable ProbeCode otherCode;
  private float barOfSeeds = Float.NEGATIVE_INFINITY;
  private long judgedRows;
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

  /** Returns rows that a part of their codes is to decide on. */
  Candidates toCheck(int part) {
    while (part >= toCheck.size()) {
      toCheck.add(new Candidates());
    }
    return toCheck.get(part);
  }

  /** Returns of how many parts there are lists of rows. */
  int partsToCheck() {
    return toCheck.size();
  }

  /** Returns whether a list of rows is so long that it should be dealt with. */
  boolean isFull() {
    boolean isFull = toScore.isFull();
    for (int part = 0; part < toCheck.size(); part++) {
      isFull |= toCheck.get(part).isFull();
    }
    return isFull;
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

  /** Notes how many rows were given to codes to judge. */
  void noteJudged(int rows) {
    judgedRows += rows;
  }

  /** Notes how many of the rows judged since the last call were left to be scored. */
  void noteLeft(int rows) {
    if (2L * rows > judgedRows) {
      directBlocks = DIRECT_BLOCKS;
    }
    judgedRows = 0;
  }
}
