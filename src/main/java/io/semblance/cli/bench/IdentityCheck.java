package io.semblance.cli.bench;

import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares the index's answers with those of the {@link CanonicalScan}, and counts. */
final class IdentityCheck {
  private final List<CanonicalScan.Answer> expected;
  private long compared;
  private long different;
  private @Nullable String firstDifference;

  IdentityCheck(List<CanonicalScan.Answer> expected) {
    this.expected = expected;
  }

  /**
   * What was found.
   *
   * @param compared answers
   * @param different of those, answers whose ids, order, bits of scores or mark of truncation are
   *     not brute force's
   * @param firstDifference what the first of them is the answer to; empty if there is none
   */
  record Result(long compared, long different, String firstDifference) {}

  List<CanonicalScan.Answer> expected() {
    return expected;
  }

  /** Compares one round's answers. */
  synchronized void check(
      TimedSearches.Measure measure, int threads, List<List<SearchResult>> results) {
    List<List<Integer>> searches = measure.searches(expected.size(), threads);
    for (int i = 0; i < searches.size(); i++) {
      for (int j = 0; j < searches.get(i).size(); j++) {
        int query = searches.get(i).get(j);
        SearchResult result = results.get(i).get(j);
        // A search without threshold always leaves out rows, unless there are none left.
        boolean agrees =
            measure == TimedSearches.Measure.TOP
                ? CanonicalScan.agrees(expected.get(query).top(), measure.limit(), result.hits())
                : CanonicalScan.agrees(expected.get(query).matches(), measure.limit(), result);
        count(agrees, measure.description(), query);
      }
    }
  }

  /** Compares a threshold search's hits; counts nothing if the limit may have cut either. */
  synchronized void checkHits(String what, int query, List<SearchHit> hits, boolean truncated) {
    List<CanonicalScan.Match> matches = expected.get(query).matches();
    if (!truncated && matches.size() <= TimedSearches.THRESHOLD_LIMIT) {
      count(CanonicalScan.agrees(matches, TimedSearches.THRESHOLD_LIMIT, hits), what, query);
    }
  }

  private void count(boolean agrees, String what, int query) {
    compared++;
    if (!agrees) {
      different++;
      if (firstDifference == null) {
        firstDifference = "%s, query %d".formatted(what, query);
      }
    }
  }

  synchronized Result result() {
    return new Result(compared, different, firstDifference == null ? "" : firstDifference);
  }
}
