package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.embedding.LoadedModel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnShardsTest {
  @Test
  void shouldBeSilentWhereNoneOfTheShardsOwnedAnswers() {
    assertThat(areSilent(Set.of(0, 1), List.of())).isTrue();
    assertThat(areSilent(Set.of(0, 1), List.of(shard(0, false)))).as("a standby copy").isTrue();
    assertThat(areSilent(Set.of(0, 1), List.of(ShardMetricsTest.shard("clip", 0, true, 0))))
        .as("of another model")
        .isTrue();
  }

  @Test
  void shouldNotBeSilentWhereOneOfThemAnswersOrNoneIsOwned() {
    assertThat(areSilent(Set.of(0, 1), List.of(shard(1, true)))).isFalse();
    assertThat(areSilent(Set.of(), List.of())).isFalse();
  }

  private static boolean areSilent(Set<Integer> owned, List<InstanceStatus.Shard> answering) {
    FakeDirectory directory =
        new FakeDirectory(
            4,
            () ->
                List.of(
                    new Instance("a:1", true, owned, Set.of()),
                    new Instance("b:1", false, Set.of(2, 3), Set.of())));
    return new OwnShards(directory, new Answering(answering)).areSilent();
  }

  private static InstanceStatus.Shard shard(int number, boolean active) {
    return ShardMetricsTest.shard(LoadedModel.MATCHING, number, active, 0);
  }

  /** Says that the given shards answer. */
  record Answering(List<InstanceStatus.Shard> shards) implements LocalShards {
    @Override
    public ShardReader reader(ModelIndex index) {
      throw new UnsupportedOperationException("not asked here");
    }

    @Override
    public InstanceStatus status() {
      return new InstanceStatus("a:1", "RUNNING", shards, Map.of(), null);
    }
  }
}
