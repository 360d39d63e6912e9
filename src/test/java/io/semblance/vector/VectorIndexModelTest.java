package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The index against {@link BruteForce}, bit for bit, over seeded random histories. */
class VectorIndexModelTest {
  private static final String[] TENANTS = {"", "acme", "umbrella"};
  private static final String[] CATEGORIES = {"", "avatar", "post"};

  @ParameterizedTest
  @CsvSource({
    "1,0",
    "1,65",
    "3,1",
    "63,64",
    "64,63",
    "65,65",
    "96,200",
    "100,5000",
    "257,1000",
    "512,500",
    "768,130",
    "1000,65",
    "2048,129"
  })
  void shouldAnswerLikeBruteForce(int dimension, int rows) throws Exception {
    Random random = seeded(dimension * 31L + rows);
    int rowsPerSegment = rows < 1_000 ? 128 : 1_024; // of more blocks than a tile goes through
    try (VectorIndex index = new VectorIndex(new IndexOptions(dimension, rowsPerSegment))) {
      Map<String, BruteForce.Stored> model = new HashMap<>();
      for (int i = 0; i < rows; i++) {
        put(index, model, randomRow("row-" + i, dimension, random));
      }
      assertSameAnswers(index, model, dimension, random);
      BruteForce.code(index, random);
      assertSameAnswers(index, model, dimension, random);
      for (int i = 128; i < Math.min(rows, 256); i++) { // whole blocks
        assertThat(index.delete("row-" + i)).isEqualTo(model.remove("row-" + i) != null);
      }
      assertSameAnswers(index, model, dimension, random);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAnswerLikeBruteForceWhileRowsComeGoAndAreReplaced(long seed) throws Exception {
    Random random = seeded(seed);
    int dimension = 1 + random.nextInt(130);
    try (VectorIndex index = new VectorIndex(new IndexOptions(dimension, 64))) {
      Map<String, BruteForce.Stored> model = new HashMap<>();
      for (int step = 0; step < 4_000; step++) {
        String id = "row-" + random.nextInt(300);
        if (random.nextInt(3) == 0) {
          assertThat(index.delete(id)).isEqualTo(model.remove(id) != null);
        } else {
          put(index, model, randomRow(id, dimension, random));
        }
        if (step % 1_500 == 1_000) {
          BruteForce.code(index, random);
        }
        if (step % 100 == 0) {
          assertSameAnswers(index, model, dimension, random);
        }
      }
      assertThat(index.statistics().liveRows()).isEqualTo(model.size());
      // Slots were reused: 4,000 changes of 300 ids fit into a few segments.
      assertThat(index.statistics().slots()).isLessThanOrEqualTo(300 + 3 * 64 + 64);
    }
  }

  private static Random seeded(long seed) {
    System.out.println("seed " + seed);
    return new Random(seed);
  }

  private static IndexRow randomRow(String id, int dimension, Random random) {
    float[] vector =
        switch (random.nextInt(8)) {
          // Coarse components make ties and duplicates; the zero vector ties with everything.
          case 0 -> new float[dimension];
          case 1, 2, 3 -> coarseVector(dimension, random);
          default -> BruteForce.unitVector(dimension, random);
        };
    byte[] payload = new byte[random.nextInt(20)];
    random.nextBytes(payload);
    return new IndexRow(
        id,
        vector,
        TENANTS[random.nextInt(TENANTS.length)],
        CATEGORIES[random.nextInt(CATEGORIES.length)],
        payload,
        random.nextInt(10) != 0);
  }

  private static float[] coarseVector(int dimension, Random random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < Math.min(3, dimension); i++) {
      vector[i] = random.nextInt(2);
    }
    return vector;
  }

  private static void put(VectorIndex index, Map<String, BruteForce.Stored> model, IndexRow row) {
    long sequence = index.put(row);
    model.put(row.id(), new BruteForce.Stored(row, sequence));
  }

  private static void assertSameAnswers(
      VectorIndex index, Map<String, BruteForce.Stored> model, int dimension, Random random) {
    List<SearchRequest> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      requests.add(randomRequest(index, dimension, random));
    }
    List<SearchResult> together = index.search(requests);
    for (int i = 0; i < requests.size(); i++) {
      SearchRequest request = requests.get(i);
      List<BruteForce.Found> expected = BruteForce.search(model.values(), request);
      assertThat(BruteForce.found(together.get(i))).isEqualTo(expected);
      assertThat(together.get(i).truncated())
          .isEqualTo(BruteForce.isTruncated(model.values(), request));
      assertThat(together.get(i).sequence()).isEqualTo(index.sequence());
      assertThat(BruteForce.found(index.search(request))).isEqualTo(expected);
    }
    for (int i = 0; i < 20; i++) {
      String id = "row-" + i;
      BruteForce.Stored stored = model.get(id);
      assertThat(index.get(id).isPresent()).isEqualTo(stored != null);
      if (stored != null) {
        assertThat(index.get(id).orElseThrow()).usingRecursiveComparison().isEqualTo(stored.row());
        assertThat(index.isCurrent(id, stored.sequence())).isTrue();
        assertThat(index.isCurrent(id, stored.sequence() - 1)).isFalse();
      }
    }
  }

  private static SearchRequest randomRequest(VectorIndex index, int dimension, Random random) {
    Set<String> excluded =
        random.nextBoolean()
            ? Set.of()
            : Set.of("row-" + (1 + random.nextInt(20)), "row-0", "nobody");
    Set<String> categories =
        switch (random.nextInt(3)) {
          case 0 -> Set.of("avatar");
          case 1 -> Set.of("post", "unknown");
          default -> Set.of();
        };
    String tenant = random.nextInt(10) == 0 ? "stranger" : TENANTS[random.nextInt(3)];
    float[] threshold = {Float.NEGATIVE_INFINITY, 0f, 0.1f, 1f, Float.POSITIVE_INFINITY};
    long after = random.nextBoolean() ? 0 : (long) (random.nextDouble() * (index.sequence() + 2));
    return new SearchRequest(
        random.nextInt(4) == 0
            ? coarseVector(dimension, random)
            : BruteForce.unitVector(dimension, random),
        1 + random.nextInt(random.nextBoolean() ? 10 : 500),
        threshold[random.nextInt(threshold.length)],
        new SearchFilter(tenant, categories, excluded),
        after);
  }
}
