package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorIndexTest {
  private final VectorIndex index = new VectorIndex(new IndexOptions(3, 64));

  @AfterEach
  void close() {
    index.close();
  }

  @ParameterizedTest
  @ValueSource(
      floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e17f, -1e17f})
  void shouldRefuseComponentsThatCannotBeScored(float component) {
    float[] vector = {0, component, 0};

    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.put(BruteForce.row("bad", vector)))
        .withMessageContaining("component 1 of the vector of row 'bad'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.search(BruteForce.top(1, vector)))
        .withMessageContaining("query vector");
    assertThat(index.statistics().liveRows()).isZero();
  }

  @Test
  void shouldRefuseAWrongDimensionNamingBoth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.put(BruteForce.row("short", new float[2])))
        .withMessageContaining("has 2 dimensions, but the index holds vectors of 3");
  }

  @Test
  void shouldRefuseBlankIdsAndLargeParts() {
    float[] vector = {1, 0, 0};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.put(BruteForce.row(" ", vector)))
        .withMessageContaining("blank");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> index.put(BruteForce.row("x".repeat(VectorIndex.ID_LENGTH_MAX + 1), vector)))
        .withMessageContaining("4096 allowed");
    byte[] payload = new byte[VectorIndex.PAYLOAD_BYTES_MAX + 1];
    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.put(new IndexRow("large", vector, "", "", payload, true)))
        .withMessageContaining("16385 bytes, more than the 16384 allowed");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, VectorIndex.LIMIT_MAX + 1})
  void shouldRefuseLimitsOutOfRange(int limit) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> index.search(BruteForce.top(limit, new float[] {1, 0, 0})))
        .withMessageContaining("the limit must be 1 to 10000");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, IndexOptions.DIMENSION_MAX + 1})
  void shouldRefuseDimensionsOutOfRange(int dimension) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexOptions.ofDimension(dimension))
        .withMessageContaining("dimension must be 1 to 2048");
  }

  @Test
  void shouldCopyWhatItIsGivenAndWhatItGives() {
    float[] vector = {1, 0, 0};
    byte[] payload = {7};
    index.put(new IndexRow("a", vector, "", "", payload, true));
    vector[0] = 9;
    payload[0] = 9;

    IndexRow got = index.get("a").orElseThrow();
    SearchHit hit = index.search(BruteForce.top(1, new float[] {1, 0, 0})).hits().getFirst();
    assertThat(got.vector()).containsExactly(1, 0, 0);
    assertThat(hit.payload()).containsExactly(7);
    got.payload()[0] = 9;
    hit.payload()[0] = 9;
    assertThat(index.get("a").orElseThrow().payload()).containsExactly(7);
  }

  @Test
  void shouldFindOnlyRowsPutAfterASequenceNumber() {
    index.put(BruteForce.row("old", new float[] {1, 0, 0}));
    long before = index.sequence();
    index.put(BruteForce.row("new", new float[] {1, 0, 0}));

    SearchResult result =
        index.search(new SearchRequest(new float[] {1, 0, 0}, 10, 0.5f, BruteForce.ALL, before));

    assertThat(result.hits()).extracting(SearchHit::id).containsExactly("new");
    assertThat(result.sequence()).isEqualTo(before + 1);
  }

  @Test
  void shouldNeverMatchARowThatIsNotSearchable() {
    index.put(new IndexRow("flat", new float[] {1, 0, 0}, "", "", new byte[0], false));

    assertThat(index.search(BruteForce.top(10, new float[] {1, 0, 0})).hits()).isEmpty();
    assertThat(index.get("flat")).isPresent();
  }

  @Test
  void shouldKeepTenantsApartEvenIfOneIsUnknown() {
    index.put(new IndexRow("a", new float[] {1, 0, 0}, "acme", "", new byte[0], true));
    SearchFilter stranger = new SearchFilter("stranger", Set.of(), Set.of());

    SearchResult result =
        index.search(
            new SearchRequest(new float[] {1, 0, 0}, 10, Float.NEGATIVE_INFINITY, stranger, 0));

    assertThat(result.hits()).isEmpty();
    assertThat(result.truncated()).isFalse();
  }

  @Test
  void shouldAnswerAnEmptyBatchAndAnEmptyIndex() {
    assertThat(index.search(List.of())).isEmpty();
    assertThat(index.search(BruteForce.top(3, new float[3])).hits()).isEmpty();
    assertThat(index.delete("nobody")).isFalse();
    assertThat(index.sequence()).isZero();
  }

  @Test
  void shouldRefuseEverythingOnceClosed() {
    index.put(BruteForce.row("a", new float[] {1, 0, 0}));
    index.close();
    index.close();

    assertThatThrownBy(() -> index.search(BruteForce.top(1, new float[3])))
        .isInstanceOf(IndexClosedException.class);
    assertThatThrownBy(() -> index.get("a")).isInstanceOf(IndexClosedException.class);
    assertThatThrownBy(() -> index.put(BruteForce.row("b", new float[3])))
        .isInstanceOf(IndexClosedException.class);
    assertThatThrownBy(() -> index.delete("a")).isInstanceOf(IndexClosedException.class);
  }

  @Test
  void shouldWipeSlotsBeforeReuse() {
    for (int i = 0; i < 64; i++) {
      index.put(BruteForce.row("row-" + i, new float[] {i, 1, 2}));
    }
    for (int i = 0; i < 64; i++) {
      index.delete("row-" + i);
    }
    // The next changes let retired slots become cleared, then free.
    for (int i = 0; i < 200; i++) {
      index.put(BruteForce.row("same", new float[] {1, 1, 1}));
    }

    IndexStatistics statistics = index.statistics();
    assertThat(statistics.liveRows()).isEqualTo(1);
    assertThat(statistics.slots()).isLessThanOrEqualTo(64 * 4);
    assertThat(statistics.freeSlots() + statistics.deletedRows()).isGreaterThanOrEqualTo(63);
  }
}
