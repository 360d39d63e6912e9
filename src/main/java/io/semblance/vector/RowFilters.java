package io.semblance.vector;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says by bit masks which rows of a block the requests of a batch ask for. For one thread. */
final class RowFilters {
  private static final int ROWS_PER_BLOCK = RowSegment.ROWS_PER_BLOCK;

  /** Rows of one tenant and, if not null, of one of some categories. */
  private record RowFilter(int tenant, @Nullable Set<Integer> categories) {}

  private final VectorIndex index;
  private final List<RowFilter> filters = new ArrayList<>();

  RowFilters(VectorIndex index) {
    this.index = index;
  }

  /** Returns the position of a filter, the same for equal ones. */
  int encode(SearchFilter filter) {
    RowFilter encoded = encoded(filter);
    int position = filters.indexOf(encoded);
    if (position < 0) {
      filters.add(encoded);
      return filters.size() - 1;
    }
    return position;
  }

  private RowFilter encoded(SearchFilter filter) {
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

  /** Returns which live rows of a block a probe asks for: bit r for row r. */
  long eligible(Probe probe, RowSegment segment, ScannedBlock block) {
    if (segment.newest(block.number()) <= probe.afterSequence()) {
      return 0;
    }
    if (!block.isMasked(probe.filter())) {
      block.setMask(probe.filter(), matching(filters.get(probe.filter()), segment, block));
    }
    return probe.afterSequence() == 0
        ? block.mask()
        : bornAfter(probe.afterSequence(), segment, block);
  }

  private long matching(RowFilter filter, RowSegment segment, ScannedBlock block) {
    if (filter.categories() == null
        && filter.tenant() == 0
        && index.table().tenants().size() == 1) {
      return block.live();
    }
    long matching = 0;
    int first = block.number() * ROWS_PER_BLOCK;
    for (long left = block.live(); left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (segment.tenant(first + row) == filter.tenant()
          && (filter.categories() == null
              || filter.categories().contains(segment.category(first + row)))) {
        matching |= 1L << row;
      }
    }
    return matching;
  }

  private static long bornAfter(long sequence, RowSegment segment, ScannedBlock block) {
    long newer = 0;
    int first = block.number() * ROWS_PER_BLOCK;
    for (long left = block.mask(); left != 0; left &= left - 1) {
      int row = Long.numberOfTrailingZeros(left);
      if (segment.born(first + row) > sequence) {
        newer |= 1L << row;
      }
    }
    return newer;
  }
}
