package io.semblance.vector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the rows that answers a batch of requests. For one thread, used once, by a reader
 * that has entered the index's {@link ReaderRegistry}.
 *
 * <p>Blocks of 64 rows are scored for all requests in turn, so that a block comes from memory once.
 * What is cheap and common is a bit mask before scoring (tenant, category, newer than); what is
 * dear or rare is asked only of rows whose score is good enough (visibility, excluded ids).
 */
final class IndexScan {
  private static final int ROWS_PER_BLOCK = RowSegment.ROWS_PER_BLOCK;

  /** Blocks that are scanned before all others when the best rows of all are asked for. */
  private static final int FIRST_BLOCKS = 128;

  /** Rows of one tenant and, if not null, of one of some categories. */
  private record RowFilter(int tenant, @Nullable Set<Integer> categories) {}

  private final VectorIndex index;
  private final List<RowFilter> filters = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private final float[] scores = new float[ROWS_PER_BLOCK];
  private final CodePruning pruning;
  private long sequence;
  private long rowsSearched;
  private long rowsScored;

  IndexScan(VectorIndex index, List<SearchRequest> requests) {
    this.index = index;
    this.pruning = new CodePruning(index.kernels().slabSums());
    Map<RowFilter, Integer> positions = new HashMap<>();
    for (SearchRequest request : requests) {
      probes.add(prepare(request, positions));
    }
  }

  private Probe prepare(SearchRequest request, Map<RowFilter, Integer> positions) {
    RowChecks.checkVector(request.vector(), index.options().dimension(), "query vector");
    if (request.limit() < 1 || request.limit() > VectorIndex.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "the limit must be 1 to " + VectorIndex.LIMIT_MAX + ", but is " + request.limit());
    }
    if (Float.isNaN(request.threshold())) {
      throw new IllegalArgumentException("the threshold is NaN");
    }
    float[] query = new float[index.options().stride()];
    System.arraycopy(request.vector(), 0, query, 0, request.vector().length);
    RowFilter filter = encode(request.filter());
    Integer position = positions.get(filter);
    if (position == null) {
      position = filters.size();
      filters.add(filter);
      positions.put(filter, position);
    }
    return new Probe(
        request.vector(),
        query,
        new TopHits(request.limit(), request.threshold()),
        position,
        request.afterSequence(),
        request.filter().excludedIds());
  }

  private RowFilter encode(SearchFilter filter) {
    int tenant = index.table().tenants().codeOf(filter.tenant());
    if (filter.categories().isEmpty()) {
      return new RowFilter(tenant, null);
    }
    Set<Integer> codes = new HashSet<>();
    for (String category : filter.categories()) {
      int code = index.table().categories().codeOf(category);
      if (code != StringDictionary.ABSENT) {
        codes.add(code);
      }
    }
    return new RowFilter(tenant, codes);
  }

  /** Scans the index as of {@code sequence}, which must be read after entering. */
  List<SearchResult> run(long sequence) {
    this.sequence = sequence;
    RowSegment[] segments = index.segments();
    List<Probe> together = new ArrayList<>();
    for (Probe probe : probes) {
      if (probe.hits().bar() == Float.NEGATIVE_INFINITY) {
        scanBestFirst(probe, segments);
      } else {
        together.add(probe);
      }
    }
    if (!together.isEmpty()) {
      scan(together, segments);
    }
    index.searched(rowsSearched, rowsScored);
    List<SearchResult> results = new ArrayList<>(probes.size());
    for (Probe probe : probes) {
      results.add(probe.hits().toResult(sequence));
    }
    return results;
  }

  /** Scans for all probes in turn, block by block, so that a block comes from memory once. */
  private void scan(List<Probe> together, RowSegment[] segments) {
    long oldestWanted = Long.MAX_VALUE;
    for (Probe probe : together) {
      oldestWanted = Math.min(oldestWanted, probe.afterSequence());
    }
    for (RowSegment segment : segments) {
      RowCodes codes = segment.codes();
      for (int block = 0; block < segment.blocks(); block++) {
        long live = segment.searchable(block);
        if (live != 0 && segment.newest(block) > oldestWanted) {
          int maskedFilter = -1;
          long mask = 0;
          for (Probe probe : together) {
            if (probe.filter() != maskedFilter) {
              maskedFilter = probe.filter();
              mask = matching(filters.get(maskedFilter), segment, block, live);
            }
            scanBlock(probe, segment, codes, block, mask);
          }
        }
      }
    }
  }

  /**
   * Scans for the best rows of all: first the blocks that promise the best ones, so that the score
   * needed rises early, then, of the others, those that still promise enough.
   */
  private void scanBestFirst(Probe probe, RowSegment[] segments) {
    int blocksPerSegment = index.options().rowsPerSegment() / ROWS_PER_BLOCK;
    float[] bounds = new float[segments.length * blocksPerSegment];
    @Nullable RowCodes[] codes = new RowCodes[segments.length];
    for (int s = 0; s < segments.length; s++) {
      codes[s] = segments[s].codes();
      for (int block = 0; block < blocksPerSegment; block++) {
        bounds[s * blocksPerSegment + block] = bound(probe, segments[s], codes[s], block);
      }
    }
    int[] first = BestBlocks.of(bounds, FIRST_BLOCKS);
    for (int position : first) {
      int s = position / blocksPerSegment;
      scanFiltered(probe, segments[s], codes[s], position % blocksPerSegment);
      bounds[position] = Float.NEGATIVE_INFINITY;
    }
    for (int position = 0; position < bounds.length; position++) {
      float bound = bounds[position];
      if (bound > Float.NEGATIVE_INFINITY && bound >= probe.hits().bar()) {
        int s = position / blocksPerSegment;
        scanFiltered(probe, segments[s], codes[s], position % blocksPerSegment);
      } else if (bound > Float.NEGATIVE_INFINITY) {
        int s = position / blocksPerSegment;
        rowsSearched += Long.bitCount(segments[s].searchable(position % blocksPerSegment));
      }
    }
  }

  /** Returns an upper bound of the scores in a block; of an empty one, negative infinity. */
  private float bound(Probe probe, RowSegment segment, @Nullable RowCodes codes, int block) {
    if (segment.searchable(block) == 0 || segment.newest(block) <= probe.afterSequence()) {
      return Float.NEGATIVE_INFINITY;
    }
    if (codes == null) {
      return Float.POSITIVE_INFINITY;
    }
    ProbeCode code = probe.code(codes.codebook());
    return code.isUsable() ? pruning.bound(code, codes, block) : Float.POSITIVE_INFINITY;
  }

  private void scanFiltered(Probe probe, RowSegment segment, @Nullable RowCodes codes, int block) {
    long live = segment.searchable(block);
    scanBlock(
        probe, segment, codes, block, matching(filters.get(probe.filter()), segment, block, live));
  }

  private void scanBlock(
      Probe probe, RowSegment segment, @Nullable RowCodes codes, int block, long filtered) {
    if (segment.newest(block) <= probe.afterSequence()) {
      return;
    }
    long mask =
        probe.afterSequence() == 0
            ? filtered
            : bornAfter(probe.afterSequence(), segment, block, filtered);
    rowsSearched += Long.bitCount(mask);
    if (mask != 0 && codes != null && !probe.isDirect()) {
      mask = prune(probe, codes, block, mask);
    }
    rowsScored += Long.bitCount(mask);
    if (mask != 0) {
      segment.verify(block, mask);
      index
          .kernels()
          .dotProducts()
          .scoreRows(
              probe.query(),
              segment.vectors(),
              segment.blockOffset(block),
              index.options().stride(),
              mask,
              scores);
      collect(probe, segment, block, mask);
    }
  }

  private long prune(Probe probe, RowCodes codes, int block, long mask) {
    float bar = probe.hits().bar();
    ProbeCode code = probe.code(codes.codebook());
    if (bar == Float.NEGATIVE_INFINITY || !code.isUsable()) {
      return mask;
    }
    long left = pruning.prune(code, codes, block, bar, mask);
    probe.noteScored(Long.bitCount(left), Long.bitCount(mask));
    return left;
  }

  private long matching(RowFilter filter, RowSegment segment, int block, long live) {
    if (filter.categories() == null
        && filter.tenant() == 0
        && index.table().tenants().size() == 1) {
      return live;
    }
    long matching = 0;
    int first = block * ROWS_PER_BLOCK;
    for (long left = live; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (segment.tenant(first + row) == filter.tenant()
          && (filter.categories() == null
              || filter.categories().contains(segment.category(first + row)))) {
        matching |= 1L << row;
      }
    }
    return matching;
  }

  private static long bornAfter(long sequence, RowSegment segment, int block, long mask) {
    long newer = 0;
    int first = block * ROWS_PER_BLOCK;
    for (long left = mask; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (segment.born(first + row) > sequence) {
        newer |= 1L << row;
      }
    }
    return newer;
  }

  private void collect(Probe probe, RowSegment segment, int block, long mask) {
    TopHits hits = probe.hits();
    float bar = hits.bar();
    int first = block * ROWS_PER_BLOCK;
    for (long left = mask; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (scores[row] >= bar) {
        int slot = first + row;
        if (segment.isVisible(slot, sequence) && !probe.excludes(segment.id(slot))) {
          hits.offer(
              new SearchHit(
                  segment.id(slot), scores[row], segment.born(slot), segment.payload(slot)));
          bar = hits.bar();
        }
      }
    }
  }
}
