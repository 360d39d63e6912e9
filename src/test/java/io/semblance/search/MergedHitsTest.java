package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.vector.SearchHit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergedHitsTest {
  /** A shard's hits, each named by its score. */
  private static ShardAnswer<ShardHits> shard(int number, boolean truncated, double... scores) {
    List<SearchHit> hits = new ArrayList<>();
    for (double score : scores) {
      hits.add(new SearchHit(Double.toString(score), (float) score, 1, new byte[0]));
    }
    return new ShardAnswer<>(number, true, new ShardHits(hits, truncated));
  }

  private static SearchParameters parameters(
      int k, @Nullable Float threshold, @Nullable Float relativeThreshold) {
    return new SearchParameters(k, threshold, relativeThreshold, "", Set.of(), null);
  }

  private static List<String> ids(MergedHits merged) {
    return merged.hits().stream().map(SearchHit::id).toList();
  }

  @Test
  void shouldKeepTheBestOfAllShards() {
    MergedHits merged =
        MergedHits.of(
            List.of(shard(0, true, 0.9, 0.2), shard(1, true, 0.5, 0.1)), parameters(3, null, null));
    assertThat(ids(merged)).containsExactly("0.9", "0.5", "0.2");
    assertThat(merged.truncated()).as("without a threshold every answer would be").isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "0.8, 2", "0.5, 3", "0, 4"})
  void shouldDropWhatIsBelowItsShareOfTheBestScore(float share, int kept) {
    MergedHits merged =
        MergedHits.of(
            List.of(shard(0, false, 0.3, 0.16), shard(1, false, 0.25, 0.01)),
            parameters(10, null, share));
    assertThat(ids(merged)).isEqualTo(List.of("0.3", "0.25", "0.16", "0.01").subList(0, kept));
    assertThat(merged.truncated()).isFalse();
  }

  @Test
  void shouldKeepTheBestAlsoWhereItIsNegative() {
    MergedHits merged =
        MergedHits.of(List.of(shard(0, false, -0.1, -0.105, -0.2)), parameters(10, null, 0.9f));
    assertThat(ids(merged)).containsExactly("-0.1", "-0.105");
  }

  @Test
  void shouldSayThatMoreMayReachARelativeThreshold() {
    SearchParameters two = parameters(2, null, 0.5f);
    assertThat(MergedHits.of(List.of(shard(0, true, 0.9, 0.8)), two).truncated()).isTrue();
    assertThat(MergedHits.of(List.of(shard(0, true, 0.9, 0.4)), two).truncated())
        .as("what a shard left out is below its last hit")
        .isFalse();
    assertThat(
            MergedHits.of(List.of(shard(0, false, 0.9, 0.8), shard(1, false, 0.7)), two)
                .truncated())
        .isTrue();
  }

  @Test
  void shouldFindNothingInShardsWithoutHits() {
    MergedHits merged = MergedHits.of(List.of(shard(0, false)), parameters(2, 0.5f, 0.5f));
    assertThat(merged.hits()).isEmpty();
    assertThat(merged.truncated()).isFalse();
  }
}
