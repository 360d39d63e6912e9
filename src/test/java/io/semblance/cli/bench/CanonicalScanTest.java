package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchResult;
import io.semblance.vector.VectorIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalScanTest {
  private static final long SEED = 11;
  private static final int ROWS = 5_000;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(ints = {64, 100, 257})
  void shouldAnswerAsTheIndexDoes(int dimension) throws Exception {
    System.out.printf("seed %d%n", SEED);
    SyntheticVectors source = new SyntheticVectors(SyntheticVectors.Kind.CLIP, dimension, SEED);
    float[][] queries = new float[8][dimension];
    for (int i = 0; i < queries.length; i++) {
      source.query(i, ROWS, queries[i]);
    }
    Path file = directory.resolve("vectors");
    // Every row twice, so that ids decide.
    VectorFile.write(file, dimension, ROWS, (row, into) -> source.row(row % (ROWS / 2), into));
    try (VectorFile rows = VectorFile.open(file, dimension);
        VectorIndex index = Insertions.fill(rows, ROWS, directory.resolve("index")).index()) {
      List<CanonicalScan.Answer> expected = CanonicalScan.run(rows, queries, 10, 0.6f);

      for (int i = 0; i < queries.length; i++) {
        SearchResult top = index.search(TimedSearches.Measure.TOP.request(queries[i]));
        assertThat(CanonicalScan.agrees(expected.get(i).top(), 10, top.hits())).isTrue();
        SearchResult matches = index.search(TimedSearches.Measure.THRESHOLD.request(queries[i]));
        List<CanonicalScan.Match> above =
            expected.get(i).matches().stream()
                .filter(match -> match.score() >= TimedSearches.THRESHOLD)
                .toList();
        assertThat(CanonicalScan.agrees(above, TimedSearches.THRESHOLD_LIMIT, matches)).isTrue();
      }
      assertThat(expected).anyMatch(answer -> answer.matches().size() > 1);
    }
  }

  private static SearchResult result(boolean truncated, float... scores) {
    List<SearchHit> hits = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      hits.add(new SearchHit("row-" + i, scores[i], 0, new byte[0]));
    }
    return new SearchResult(hits, truncated, 0);
  }

  @Test
  void shouldNoticeAMissingRowAnotherOrderAndTheLastBitOfAScore() {
    List<CanonicalScan.Match> expected =
        List.of(new CanonicalScan.Match(0, 0.95f), new CanonicalScan.Match(1, 0.92f));

    assertThat(CanonicalScan.agrees(expected, 5, result(false, 0.95f, 0.92f))).isTrue();
    assertThat(CanonicalScan.agrees(expected, 1, result(true, 0.95f))).isTrue();
    assertThat(CanonicalScan.agrees(expected, 1, result(false, 0.95f))).isFalse();
    assertThat(CanonicalScan.agrees(expected, 5, result(false, 0.95f))).isFalse();
    assertThat(CanonicalScan.agrees(expected, 5, result(false, 0.95f, 0.92f, 0.9f))).isFalse();
    assertThat(CanonicalScan.agrees(expected, 5, result(false, 0.95f, Math.nextUp(0.92f))))
        .isFalse();
    assertThat(CanonicalScan.agrees(expected.reversed(), 5, result(false, 0.95f, 0.92f))).isFalse();
  }

  @Test
  void shouldCountDifferentAnswersAndNameTheFirst() {
    IdentityCheck identity =
        new IdentityCheck(
            List.of(
                new CanonicalScan.Answer(List.of(), List.of(new CanonicalScan.Match(0, 0.95f)))));

    identity.check(TimedSearches.Measure.THRESHOLD, 1, List.of(List.of(result(false, 0.95f))));
    assertThat(identity.result()).isEqualTo(new IdentityCheck.Result(1, 0, ""));

    identity.check(TimedSearches.Measure.THRESHOLD, 1, List.of(List.of(result(false))));
    assertThat(identity.result())
        .isEqualTo(new IdentityCheck.Result(2, 1, "threshold 0.90, one query, query 0"));
  }
}
