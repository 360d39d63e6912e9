package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodebookLearnerTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());
  private static final int DIMENSION = 96;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Random random = new Random(SEED);

  CodebookLearnerTest() {
    System.out.printf("codebook learner: -Dsemblance.seed=%d%n", SEED);
  }

  /** Vectors that vary in some dimensions alone, of which a slab can hold nearly all. */
  private float[] vector(int firstDimension) {
    float[] vector = new float[DIMENSION];
    double squares = 0;
    for (int i = 0; i < 24; i++) {
      vector[firstDimension + i] = (float) random.nextGaussian();
      squares += Math.pow(vector[firstDimension + i], 2);
    }
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] /= (float) Math.sqrt(squares);
    }
    return vector;
  }

  private void put(VectorIndex index, int from, int to, int dimension, List<IndexRow> rows) {
    for (int i = from; i < to; i++) {
      IndexRow row = BruteForce.row("row-" + i, vector(dimension));
      rows.add(row);
      index.put(row);
    }
  }

  @Test
  void shouldLearnAgainWhenRowsOfAnotherKindHaveCome() throws Exception {
    int enough = CodebookLearner.SAMPLE_ROWS;
    List<IndexRow> rows = new ArrayList<>();
    try (VectorIndex index = new VectorIndex(new IndexOptions(DIMENSION, 8_192))) {
      put(index, 0, enough, 0, rows);
      assertThat(index.awaitCodes(LIMIT)).isTrue();
      Codebook first = Objects.requireNonNull(index.codebooks().codebook());

      put(index, enough, 3 * enough, 0, rows);
      assertThat(index.codebooks().codebook()).isSameAs(first);

      put(index, 3 * enough, 5 * enough, 60, rows);
      assertThat(index.awaitCodes(LIMIT)).isTrue();
      Codebook second = Objects.requireNonNull(index.codebooks().codebook());
      assertThat(second).isNotSameAs(first);
      assertThat(second.sampleLoss()).isGreaterThan(first.sampleLoss());
      for (RowSegment segment : index.segments()) {
        assertThat(segment.isCodedBy(second)).isTrue();
      }
      assertFinds(index, rows);
    }
  }

  private void assertFinds(VectorIndex index, List<IndexRow> rows) {
    for (int i = 0; i < 20; i++) {
      float[] query = rows.get(random.nextInt(rows.size())).vector();
      List<String> expected =
          rows.stream()
              .filter(row -> BruteForce.dot(query, row.vector()) >= 0.9f)
              .map(IndexRow::id)
              .limit(10_001)
              .toList();
      SearchResult found = index.search(new SearchRequest(query, 10_000, 0.9f, BruteForce.ALL, 0));
      assertThat(expected).hasSizeLessThan(10_000);
      assertThat(found.hits())
          .extracting(SearchHit::id)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }
}
