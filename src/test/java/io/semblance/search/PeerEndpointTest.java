package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.vector.IndexRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What an instance with two indexes answers its peers. */
class PeerEndpointTest {
  private static final ModelIndex COPIES =
      new ModelIndex(
          "matching", new ModelDescription("copies", "1", "fp-copies", 2, 0.8f), "t", "s", () -> 1);
  private static final ModelIndex CLIP =
      new ModelIndex(
          "clip", new ModelDescription("clip-tiny", "1", "fp-clip", 3, 0.9f), "u", "v", () -> 1);
  private static final SearchOptions OPTIONS = OptionsOfTests.SEARCH;

  private final PeerEndpoint endpoint =
      new PeerEndpoint(
          new Rows(
              Map.of(
                  COPIES.name(), new float[] {1, 0},
                  CLIP.name(), new float[] {0, 1, 0})),
          new ModelIndexes(List.of(COPIES, CLIP)),
          OPTIONS);

  private PeerMessages.RowsFound row(String fingerprint) {
    return PeerMessages.ROWS.fromBytes(
        endpoint.row(
            PeerMessages.LOOK_UP.toBytes(new PeerMessages.LookUpRow(fingerprint, 0, "photo"))));
  }

  private static PeerMessages.SearchShards search(String fingerprint, float... vector) {
    return new PeerMessages.SearchShards(
        fingerprint, Set.of(0), vector, 5, null, "", Set.of(), Set.of());
  }

  @Test
  void shouldAnswerFromTheIndexOfTheModelThatIsAskedFor() {
    for (ModelIndex index : List.of(COPIES, CLIP)) {
      PeerMessages.RowsFound found = row(index.model().fingerprint());
      assertThat(found.modelFingerprint()).isEqualTo(index.model().fingerprint());
      assertThat(found.shards())
          .singleElement()
          .satisfies(shard ->
              assertThat(shard.row())
                  .isNotNull()
                  .extracting(IndexRow::vector)
                  .isEqualTo(index == COPIES ? new float[] {1, 0} : new float[] {0, 1, 0}));
    }
  }

  @Test
  void shouldRefuseAModelThatIsNotHereAndNameThoseThatAre() {
    assertThatThrownBy(() -> row("fp-other"))
        .isInstanceOfSatisfying(
            SearchException.class, e -> assertThat(e.code()).isEqualTo("model-mismatch"))
        .hasMessageContaining("[fp-copies, fp-clip]");
  }

  @Test
  void shouldRefuseAVectorOfTheOtherModelsDimension() {
    assertThatThrownBy(() -> endpoint.search(PeerMessages.SEARCH.toBytes(search("fp-clip", 1, 0))))
        .isInstanceOfSatisfying(
            SearchException.class, e -> assertThat(e.code()).isEqualTo("malformed-message"));
  }

  /** An instance whose indexes have one row each. */
  private record Rows(Map<String, float[]> vectors) implements LocalShards {
    @Override
    public ShardReader reader(ModelIndex index) {
      return new ShardReader() {
        @Override
        public List<ShardAnswer<ShardHits>> search(
            Set<Integer> shards, ShardSearch search, Duration timeLimit) {
          throw new AssertionError("nobody may get here");
        }

        @Override
        public List<ShardAnswer<Optional<IndexRow>>> row(
            int shard, String imageId, Duration timeLimit) {
          float[] vector = vectors.getOrDefault(index.name(), new float[0]);
          return List.of(
              new ShardAnswer<>(
                  shard,
                  true,
                  Optional.of(new IndexRow(imageId, vector, "", "", new byte[0], true))));
        }
      };
    }

    @Override
    public InstanceStatus status() {
      return new InstanceStatus("a", "RUNNING", List.of(), Map.of(), null);
    }
  }
}
