package io.semblance.match;

import io.semblance.store.VectorIndexStore;
import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Searches one shard for probes, many in one pass. A probe's answer is that of a search at its own
 * turn: rows that changed since the pass are added or taken out then.
 *
 * <p>Used by the stream thread of its task alone, which is also the index's only writer.
 */
final class ShardSearch {
  private static final Comparator<SearchHit> BEST_FIRST =
      Comparator.comparing(SearchHit::score, Comparator.reverseOrder())
          .thenComparing(SearchHit::id);

  private final VectorIndexStore index;
  private final Map<Long, SearchRequest> requests = new HashMap<>();
  private final Map<Long, SearchResult> scanned = new HashMap<>();

  ShardSearch(VectorIndexStore index) {
    this.index = index;
  }

  /** Scores the probes of {@code batch}, by offset, in one pass over the shard as it now stands. */
  void scan(Map<Long, SearchRequest> batch) {
    List<Long> offsets = new ArrayList<>(batch.keySet());
    List<SearchResult> results = index.search(offsets.stream().map(batch::get).toList());
    for (int i = 0; i < offsets.size(); i++) {
      requests.put(offsets.get(i), batch.get(offsets.get(i)));
      scanned.put(offsets.get(i), results.get(i));
    }
  }

  /** Returns whether the probe at {@code offset} has been scanned and not yet answered. */
  boolean isScanned(long offset) {
    return scanned.containsKey(offset);
  }

  /** Returns the answer of a scanned probe at its own turn, and forgets it and all before it. */
  SearchResult answer(long offset) {
    SearchRequest request = requests.get(offset);
    SearchResult result = scanned.get(offset);
    if (request == null || result == null) {
      throw new IllegalStateException("no probe was scanned for offset " + offset);
    }
    forgetThrough(offset);
    if (index.sequence() == result.sequence() && result.hits().isEmpty()) {
      return result;
    }
    if (result.truncated() && result.hits().stream().anyMatch(hit -> !isCurrent(hit))) {
      return index
          .search(List.of(request))
          .getFirst(); // a row that the limit had cut off may have moved up
    }
    SearchResult since =
        index
            .search(
                List.of(
                    new SearchRequest(
                        request.vector(),
                        request.limit(),
                        request.threshold(),
                        request.filter(),
                        result.sequence())))
            .getFirst();
    List<SearchHit> hits = new ArrayList<>();
    result.hits().stream().filter(this::isCurrent).forEach(hits::add);
    hits.addAll(since.hits());
    hits.sort(BEST_FIRST);
    boolean truncated = result.truncated() || since.truncated() || hits.size() > request.limit();
    return new SearchResult(
        hits.subList(0, Math.min(hits.size(), request.limit())), truncated, since.sequence());
  }

  private boolean isCurrent(SearchHit hit) {
    return index.isCurrent(hit.id(), hit.sequence());
  }

  private void forgetThrough(long offset) {
    for (Iterator<Long> offsets = scanned.keySet().iterator(); offsets.hasNext(); ) {
      long scannedOffset = offsets.next();
      if (scannedOffset <= offset) {
        offsets.remove();
        requests.remove(scannedOffset);
      }
    }
  }
}
