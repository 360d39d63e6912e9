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

  /** Rows of one tenant and, if not null, of one of some categories. */
  private record RowFilter(int tenant, @Nullable Set<Integer> categories) {}

  /** A request made ready: its query padded, its filter a position in {@link #filters}. */
  private record Probe(
      float[] query, TopHits hits, int filter, long afterSequence, Set<String> excludedIds) {}

  private final VectorIndex index;
  private final List<RowFilter> filters = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private final float[] scores = new float[ROWS_PER_BLOCK];

  IndexScan(VectorIndex index, List<SearchRequest> requests) {
    this.index = index;
    Map<RowFilter, Integer> positions = new HashMap<>();
    for (SearchRequest request : requests) {
      probes.add(prepare(request, positions));
    }
  }

  private Probe prepare(SearchRequest request, Map<RowFilter, Integer> positions) {
    index.checkVector(request.vector(), "query vector");
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
        query,
        new TopHits(request.limit(), request.threshold()),
        position,
        request.afterSequence(),
        request.filter().excludedIds());
  }

  private RowFilter encode(SearchFilter filter) {
    int tenant = index.tenants().codeOf(filter.tenant());
    if (filter.categories().isEmpty()) {
      return new RowFilter(tenant, null);
    }
    Set<Integer> codes = new HashSet<>();
    for (String category : filter.categories()) {
      int code = index.categories().codeOf(category);
      if (code != StringDictionary.ABSENT) {
        codes.add(code);
      }
    }
    return new RowFilter(tenant, codes);
  }

  /** Scans the index as of {@code sequence}, which must be read after entering. */
  List<SearchResult> run(long sequence) {
    long oldestWanted = Long.MAX_VALUE;
    for (Probe probe : probes) {
      oldestWanted = Math.min(oldestWanted, probe.afterSequence());
    }
    for (RowSegment segment : index.segments()) {
      for (int block = 0; block < segment.blocks(); block++) {
        long live = segment.searchable(block);
        if (live != 0 && segment.newest(block) > oldestWanted) {
          scanBlock(segment, block, live, sequence);
        }
      }
    }
    List<SearchResult> results = new ArrayList<>(probes.size());
    for (Probe probe : probes) {
      results.add(probe.hits().toResult(sequence));
    }
    return results;
  }

  private void scanBlock(RowSegment segment, int block, long live, long sequence) {
    long newest = segment.newest(block);
    int maskedFilter = -1;
    long filterMask = 0;
    for (int i = 0; i < probes.size(); i++) {
      Probe probe = probes.get(i);
      if (newest <= probe.afterSequence()) {
        continue;
      }
      if (probe.filter() != maskedFilter) {
        maskedFilter = probe.filter();
        filterMask = matching(filters.get(maskedFilter), segment, block, live);
      }
      long mask =
          probe.afterSequence() == 0
              ? filterMask
              : bornAfter(probe.afterSequence(), segment, block, filterMask);
      if (mask != 0) {
        index
            .kernel()
            .scoreRows(
                probe.query(),
                segment.vectors(),
                segment.blockOffset(block),
                index.options().stride(),
                mask,
                scores);
        collect(probe, segment, block, mask, sequence);
      }
    }
  }

  private long matching(RowFilter filter, RowSegment segment, int block, long live) {
    if (filter.categories() == null && filter.tenant() == 0 && index.tenants().size() == 1) {
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

  private void collect(Probe probe, RowSegment segment, int block, long mask, long sequence) {
    TopHits hits = probe.hits();
    float bar = hits.bar();
    int first = block * ROWS_PER_BLOCK;
    for (long left = mask; left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (scores[row] >= bar) {
        int slot = first + row;
        if (segment.isVisible(slot, sequence) && !probe.excludedIds().contains(segment.id(slot))) {
          hits.offer(
              new SearchHit(
                  segment.id(slot), scores[row], segment.born(slot), segment.payload(slot)));
          bar = hits.bar();
        }
      }
    }
  }
}
