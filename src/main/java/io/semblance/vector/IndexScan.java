package io.semblance.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the rows that answers a batch of requests. For one thread, used once, by a reader
 * that has entered the index's {@link ReaderRegistry}.
 *
 * <p>Blocks of 64 rows are looked at for all requests in turn, so that a block comes from memory
 * once. What is cheap and common is a bit mask before anything else ({@link RowFilters}); what is
 * dear or rare is asked only of rows whose score is good enough ({@link RowScorer}).
 */
final class IndexScan {
  private static final int ROWS_PER_BLOCK = RowSegment.ROWS_PER_BLOCK;
  private static final int TILE = SlabSums.TILE;

  private final VectorIndex index;
  private final SlabSums slabSums;
  private final RowFilters filters;
  private final List<Probe> probes = new ArrayList<>();
  private final CodePruning pruning;
  private final RowScorer scorer;
  private final short[][] tileWeights = new short[TILE][];
  private final short[] tileNeeded = new short[TILE];
  private final long[] tileRows = new long[TILE];
  private final long[] tileReached = new long[TILE];
  private final long[] tileUnjudged = new long[TILE];
  private final Probe[] tile = new Probe[TILE];

  IndexScan(VectorIndex index, List<SearchRequest> requests, long sequence) {
    this.index = index;
    this.slabSums = index.kernels().slabSums();
    this.filters = new RowFilters(index);
    this.scorer = new RowScorer(index, sequence);
    this.pruning = new CodePruning(slabSums, scorer.counts());
    for (SearchRequest request : requests) {
      probes.add(prepare(request));
    }
  }

  private Probe prepare(SearchRequest request) {
    RowChecks.checkVector(request.vector(), index.options().dimension(), "query vector");
    if (request.limit() < 1 || request.limit() > VectorIndex.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "the limit must be 1 to " + VectorIndex.LIMIT_MAX + ", but is " + request.limit());
    }
    if (Float.isNaN(request.threshold())) {
      throw new IllegalArgumentException("the threshold is NaN");
    }
    float[] query = Arrays.copyOf(request.vector(), index.options().stride());
    return new Probe(
        request.vector(),
        query,
        new TopHits(request.limit(), request.threshold()),
        filters.encode(request.filter()),
        request.afterSequence(),
        request.filter().excludedIds());
  }

  /** Scans the index. */
  List<SearchResult> run() {
    RowSegment[] segments = index.segments();
    List<Probe> together = new ArrayList<>();
    for (Probe probe : probes) {
      if (probe.hits().bar() == Float.NEGATIVE_INFINITY) {
        new BestFirstScan(index, segments, filters, pruning, scorer).scan(probe);
      } else {
        together.add(probe);
      }
    }
    if (!together.isEmpty()) {
      scan(together, segments);
    }
    List<SearchResult> results = new ArrayList<>(probes.size());
    for (Probe probe : probes) {
      SearchResult result = probe.hits().toResult(scorer.sequence());
      scorer.counts().addFound(result.hits().size());
      results.add(result);
    }
    index.searched(scorer.counts());
    return results;
  }

  private void scan(List<Probe> together, RowSegment[] segments) {
    long oldestWanted = together.stream().mapToLong(Probe::afterSequence).min().orElse(0);
    for (RowSegment segment : segments) {
      @Nullable RowCodes codes = segment.codes();
      if (codes != null) {
        ProbeCode.give(together, codes.codebook(), index.kernels().projector());
      }
      for (int block = 0; block < segment.blocks(); block++) {
        long live = segment.searchable(block);
        if (live != 0 && segment.newest(block) > oldestWanted) {
          scanBlock(together, segment, codes, block, live);
        }
      }
      for (Probe probe : together) {
        scorer.settle(probe, segment, codes);
      }
    }
  }

  private void scanBlock(
      List<Probe> together, RowSegment segment, @Nullable RowCodes codes, int block, long live) {
    long coded = codes == null ? 0 : codes.coded(block);
    filters.enter(live);
    int position = 0;
    for (; position + TILE <= together.size(); position += TILE) {
      scanTile(together, position, segment, codes, block, coded);
    }
    for (; position < together.size(); position++) {
      Probe probe = together.get(position);
      long eligible = eligible(probe, segment, block);
      long rows = eligible & judgeable(probe, codes, coded);
      score(probe, segment, block, eligible & ~rows);
      ProbeCode code = probe.code();
      if (rows != 0 && codes != null && code != null) {
        probe.noteJudged(Long.bitCount(rows));
        pruning.prune(probe, code, codes, block, probe.bar(), rows);
        settleIfFull(probe, segment, codes);
      }
    }
  }

  private void scanTile(
      List<Probe> together,
      int first,
      RowSegment segment,
      @Nullable RowCodes codes,
      int block,
      long coded) {
    long judged = 0;
    int unjudged = 0;
    for (int i = 0; i < TILE; i++) {
      Probe probe = together.get(first + i);
      tile[i] = probe;
      long rows = eligible(probe, segment, block);
      tileRows[i] = rows & judgeable(probe, codes, coded);
      tileUnjudged[i] = rows & ~tileRows[i];
      probe.noteJudged(Long.bitCount(tileRows[i]));
      judged |= tileRows[i];
      unjudged += tileUnjudged[i] == 0 ? 0 : 1;
    }
    if (unjudged > TILE / 2) {
      scorer.scoreTile(tile, segment, block, tileUnjudged);
    } else if (unjudged > 0) {
      for (int i = 0; i < TILE; i++) {
        score(tile[i], segment, block, tileUnjudged[i]);
      }
    }
    if (codes != null && judged != 0) {
      judgeTile(segment, codes, block);
    }
  }

  private void judgeTile(RowSegment segment, RowCodes codes, int block) {
    RowCodes.FirstSlab slab = codes.firstSlab(block);
    boolean isNeeded = false;
    for (int i = 0; i < TILE; i++) {
      ProbeCode code = tile[i].codeGiven();
      int needed = code.needed(slab, tile[i].bar());
      tileRows[i] = needed > Short.MAX_VALUE ? 0 : tileRows[i];
      tileNeeded[i] = (short) Math.max(needed, Short.MIN_VALUE);
      tileWeights[i] = code.weights(0);
      isNeeded |= tileRows[i] != 0;
    }
    if (!isNeeded) {
      return;
    }
    slabSums.reach(codes.codes(), codes.slabOffset(block, 0), tileWeights, tileNeeded, tileReached);
    for (int i = 0; i < TILE; i++) {
      long left = tileRows[i] & tileReached[i];
      Probe probe = tile[i];
      if (left != 0) {
        pruning.pruneFurther(probe, probe.codeGiven(), codes, block, probe.bar(), left);
        settleIfFull(probe, segment, codes);
      }
    }
  }

  private long eligible(Probe probe, RowSegment segment, int block) {
    long rows = filters.eligible(probe, segment, block);
    scorer.counts().addSearched(Long.bitCount(rows));
    return rows;
  }

  /** Returns which of a block's rows a probe's code may judge by theirs: bit r for row r. */
  private static long judgeable(Probe probe, @Nullable RowCodes codes, long coded) {
    ProbeCode code = probe.code();
    boolean judges = codes != null && code != null && code.isUsable() && !probe.isDirect();
    return judges ? coded : 0;
  }

  private void score(Probe probe, RowSegment segment, int block, long rows) {
    if (rows != 0) {
      scorer.score(probe, segment, block, rows);
    }
  }

  private void settleIfFull(Probe probe, RowSegment segment, RowCodes codes) {
    if (probe.isFull()) {
      scorer.settle(probe, segment, codes);
    }
  }
}
