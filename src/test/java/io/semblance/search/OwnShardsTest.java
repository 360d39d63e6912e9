package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.vector.IndexRow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnShardsTest {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(1);

  @Test
  void shouldBeSilentWhereNoneOfTheShardsOwnedAnswers() throws Exception {
    assertThat(areSilent(Set.of(0, 1), List.of())).isTrue();
    assertThat(areSilent(Set.of(0, 1), List.of(shard(0, false)))).as("a standby copy").isTrue();
  }

  @Test
  void shouldNotBeSilentWhereOneOfThemAnswersOrNoneIsOwned() throws Exception {
    assertThat(areSilent(Set.of(0, 1), List.of(shard(1, true)))).isFalse();
    assertThat(areSilent(Set.of(), List.of())).isFalse();
  }

  private static boolean areSilent(Set<Integer> owned, List<InstanceStatus.Shard> answering)
      throws InterruptedException {
    FakeDirectory directory =
        new FakeDirectory(
            4,
            () ->
                List.of(
                    new Instance("a:1", true, owned, Set.of()),
                    new Instance("b:1", false, Set.of(2, 3), Set.of())));
    return new OwnShards(directory, new Answering(answering), TIME_LIMIT).areSilent();
  }

  private static InstanceStatus.Shard shard(int number, boolean active) {
    return ShardMetricsTest.shard(number, active, 0);
  }

  /** Says that the given shards answer. */
  record Answering(List<InstanceStatus.Shard> shards) implements ShardReader {
    @Override
    public List<ShardAnswer<ShardHits>> search(
        Set<Integer> wanted, ShardSearch search, Duration timeLimit) throws IOException {
      throw new IOException("not asked here");
    }

    @Override
    public List<ShardAnswer<Optional<IndexRow>>> row(int shard, String imageId, Duration timeLimit)
        throws IOException {
      throw new IOException("not asked here");
    }

    @Override
    public InstanceStatus status(Duration timeLimit) {
      return new InstanceStatus("a:1", "RUNNING", shards, Map.of(), null);
    }
  }
}
