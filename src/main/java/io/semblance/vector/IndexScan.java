package io.semblance.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the rows that answers a batch of requests. For one thread, used once, by a reader
 * that has entered the index's {@link ReaderRegistry}.
 *
 * <p>A few blocks of 64 rows at a time are looked at for all requests in turn, so that a block
 * comes from memory once. What is cheap and common is a bit mask before anything else ({@link
 * RowFilters}); what is dear or rare is asked only of rows whose score is good enough ({@link
 * RowScorer}).
 */
final class IndexScan {
  private static final int TILE = ProbeTile.PROBES;

  /**
   * Blocks that a tile goes through before the next tile's weights come into the cache: 16 KiB of
   * first slabs beside 8 KiB of weights. Blocks without codes go alone, since their rows are
   * larger.
   */
  private static final int BLOCKS_TOGETHER = 8;

  private final VectorIndex index;
  private final SlabSums slabSums;
  private final RowFilters filters;
  private final List<Probe> probes = new ArrayList<>();
  private final CodePruning pruning;
  private final RowScorer scorer;
  private final ScannedBlock[] blocks = new ScannedBlock[BLOCKS_TOGETHER];
  private final long[] tileRows = new long[TILE];
  private final long[] tileUnjudged = new long[TILE];
  private int entered;

  IndexScan(VectorIndex index, List<SearchRequest> requests, long sequence) {
    this.index = index;
    Arrays.setAll(blocks, _ -> new ScannedBlock());
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
    List<ProbeTile> tiles = new ArrayList<>();
    int first = 0;
    for (; first + TILE <= together.size(); first += TILE) {
      tiles.add(new ProbeTile(slabSums, together.subList(first, first + TILE)));
    }
    List<Probe> others = together.subList(first, together.size());
    for (RowSegment segment : segments) {
      @Nullable RowCodes codes = segment.codes();
      if (codes != null) {
        ProbeCode.give(together, codes.codebook(), index.kernels().projector());
        for (ProbeTile tile : tiles) {
          tile.use(codes.codebook());
        }
      }
      int next = 0;
      while (next < segment.blocks()) {
        next = enter(segment, codes, next, oldestWanted);
        for (ProbeTile tile : tiles) {
          scan(tile, segment, codes);
        }
        for (Probe probe : others) {
          scan(probe, segment, codes);
        }
      }
      for (Probe probe : together) {
        scorer.settle(probe, segment, codes);
      }
    }
  }

  /**
   * Enters the next blocks with rows that are wanted.
   *
   * @param from number of the first block that may be entered
   * @return that of the first one that was not looked at
   */
  private int enter(RowSegment segment, @Nullable RowCodes codes, int from, long oldestWanted) {
    entered = 0;
    int wanted = codes == null ? 1 : blocks.length;
    int block = from;
    for (; block < segment.blocks() && entered < wanted; block++) {
      blocks[entered].enter(segment, codes, block);
      if (blocks[entered].live() != 0 && segment.newest(block) > oldestWanted) {
        entered++;
      }
    }
    return block;
  }

  /** Scans the blocks entered for one probe. */
  private void scan(Probe probe, RowSegment segment, @Nullable RowCodes codes) {
    for (int i = 0; i < entered; i++) {
      ScannedBlock block = blocks[i];
      long eligible = eligible(probe, segment, block);
      long rows = eligible & judgeable(probe, codes, block);
      score(probe, segment, block, eligible & ~rows);
      ProbeCode code = probe.code();
      if (rows != 0 && codes != null && code != null) {
        probe.noteJudged(Long.bitCount(rows));
        pruning.prune(probe, code, codes, block.number(), probe.bar(), rows);
        settleIfFull(probe, segment, codes);
      }
    }
  }

  /** Scans the blocks entered for the probes of a tile, whose weights stay in the cache. */
  private void scan(ProbeTile tile, RowSegment segment, @Nullable RowCodes codes) {
    Probe[] probes = tile.probes();
    for (int b = 0; b < entered; b++) {
      ScannedBlock block = blocks[b];
      long judged = 0;
      int unjudged = 0;
      for (int i = 0; i < TILE; i++) {
        long rows = eligible(probes[i], segment, block);
        tileRows[i] = rows & judgeable(probes[i], codes, block);
        tileUnjudged[i] = rows & ~tileRows[i];
        probes[i].noteJudged(Long.bitCount(tileRows[i]));
        judged |= tileRows[i];
        unjudged += tileUnjudged[i] == 0 ? 0 : 1;
      }
      if (unjudged > 0) {
        scoreUnjudged(probes, segment, block, unjudged);
      }
      if (codes != null && judged != 0 && tile.prune(codes, block, tileRows)) {
        pruneFurther(probes, segment, codes, block);
      }
    }
  }

  private void scoreUnjudged(
      Probe[] probes, RowSegment segment, ScannedBlock block, int probesThatScore) {
    if (probesThatScore > TILE / 2) {
      scorer.scoreTile(probes, segment, block.number(), tileUnjudged);
      return;
    }
    for (int i = 0; i < TILE; i++) {
      score(probes[i], segment, block, tileUnjudged[i]);
    }
  }

  private void pruneFurther(
      Probe[] probes, RowSegment segment, RowCodes codes, ScannedBlock block) {
    for (int i = 0; i < TILE; i++) {
      if (tileRows[i] != 0) {
        Probe probe = probes[i];
        pruning.pruneFurther(
            probe, probe.codeGiven(), codes, block.number(), probe.bar(), tileRows[i]);
        settleIfFull(probe, segment, codes);
      }
    }
  }

  private long eligible(Probe probe, RowSegment segment, ScannedBlock block) {
    long rows = filters.eligible(probe, segment, block);
    scorer.counts().addSearched(Long.bitCount(rows));
    return rows;
  }

  /** Returns which of a block's rows a probe's code may judge by theirs: bit r for row r. */
  private static long judgeable(Probe probe, @Nullable RowCodes codes, ScannedBlock block) {
    ProbeCode code = probe.code();
    boolean judges = codes != null && code != null && code.isUsable() && !probe.isDirect();
    return judges ? block.coded() : 0;
  }

  private void score(Probe probe, RowSegment segment, ScannedBlock block, long rows) {
    if (rows != 0) {
      scorer.score(probe, segment, block.number(), rows);
    }
  }

  private void settleIfFull(Probe probe, RowSegment segment, RowCodes codes) {
    if (probe.isFull()) {
      scorer.settle(probe, segment, codes);
    }
  }
}
