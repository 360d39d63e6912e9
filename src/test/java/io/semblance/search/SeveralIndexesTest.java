package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EventMetadata;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchHit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rows that are in the index of one model or another, on one instance. */
class SeveralIndexesTest {
  private static final String MATCHING = "matching";
  private static final String PICTURES = "pictures";
  private static final String CLIP = "clip";
  private static final String SIGLIP = "siglip";
  private static final float CLIP_THRESHOLD = 0.3f;
  private static final SearchOptions OPTIONS = OptionsOfTests.SEARCH;
  private static final SearchParameters TOP_10 = new SearchParameters(10, null, "", Set.of());

  private final Map<String, List<IndexRow>> rows = new HashMap<>();
  private final Set<String> away = new HashSet<>();
  private final List<String> asked = new ArrayList<>();
  private final List<Float> thresholds = new ArrayList<>();
  private final Peers peers = new Peers(new FakeInstance(), OPTIONS);
  private final SearchedModels models =
      new SearchedModels(
          List.of(
              model(MATCHING, 0.8f, false),
              model(PICTURES, 0.9f, false),
              model(CLIP, CLIP_THRESHOLD, true),
              model(SIGLIP, 0.2f, true)));
  private final SearchService search = service();

  private SearchService service() {
    StreamsAvailability availability = new StreamsAvailability();
    availability.onChange(KafkaStreams.State.RUNNING, KafkaStreams.State.REBALANCING);
    return new SearchService(models, availability, OPTIONS, new SimpleMeterRegistry());
  }

  @AfterEach
  void close() {
    models.close();
    peers.close();
  }

  @Test
  void shouldTakeTheMatchThresholdOfTheModelWhoseIndexIsSearched() {
    put(MATCHING, "photo");
    put(CLIP, "text");
    search.matches("photo", TOP_10);
    search.matches("text", TOP_10);
    search.matches("text", TOP_10.withThreshold(0.5f));
    assertThat(thresholds).containsExactly(0.8f, CLIP_THRESHOLD, 0.5f);
  }

  @Test
  void shouldAskOnlyIndexesThatHoldTextsForWhatTheMatchingIndexDoesNotHold() {
    put(MATCHING, "photo");
    assertThat(search.ownerOf("photo")).contains("");
    assertThat(asked).containsExactly(MATCHING);
    asked.clear();
    assertThat(search.ownerOf("unknown")).isEmpty();
    assertThat(asked).containsExactlyInAnyOrder(MATCHING, CLIP, SIGLIP);
  }

  @Test
  void shouldTellAnOwnerWhileIndexesForSearchesAreAway() {
    put(MATCHING, "photo");
    put(SIGLIP, "text");
    away.addAll(Set.of(PICTURES, CLIP));
    assertThat(search.ownerOf("photo")).contains("");
    assertThat(search.ownerOf("text")).as("another index holds it as well").contains("");
    assertThat(search.ownerOf("unknown")).isEmpty();
    away.add(SIGLIP);
    assertThat(search.ownerOf("text")).isEmpty();
  }

  @Test
  void shouldNotTellAnOwnerWithoutTheMatchingIndex() {
    away.add(MATCHING);
    assertUnavailable("photo");
    assertThatThrownBy(() -> search.ownerOf("photo")).isInstanceOf(SearchException.class);
  }

  @Test
  void shouldNotSayThatThereIsNoImageWhileAnIndexThatMayHoldItIsAway() {
    put(SIGLIP, "text");
    away.add(CLIP);
    assertThat(search.image("text", "", null, false).model().name()).isEqualTo(SIGLIP);
    assertUnavailable("unknown");
  }

  private void assertUnavailable(String imageId) {
    assertThatThrownBy(() -> search.image(imageId, "", null, false))
        .isInstanceOfSatisfying(
            SearchException.class,
            e -> assertThat(e.reason()).isEqualTo(SearchException.Reason.UNAVAILABLE));
  }

  private void put(String model, String imageId) {
    ModelIndex index = models.named(model).index();
    EmbeddingMetadata metadata =
        new EmbeddingMetadata(
            index.model().id(),
            index.model().version(),
            index.model().fingerprint(),
            "ab".repeat(32),
            8,
            8,
            false,
            new EventMetadata("e-" + imageId, "test", Instant.EPOCH, Map.of()));
    rows.computeIfAbsent(model, _ -> new ArrayList<>())
        .add(
            new IndexRow(
                imageId, new float[] {1, 0}, "", "", index.codec().encode(metadata), true));
  }

  private SearchedModel model(String name, float threshold, boolean texts) {
    ModelIndex index =
        new ModelIndex(
            name, new ModelDescription(name, "1", name, 2, threshold), name, name, () -> 2);
    ShardDirectory directory =
        new FakeDirectory(
            2, () -> List.of(new Instance("localhost:1", true, Set.of(0, 1), Set.of())));
    return new SearchedModel(
        index,
        new IndexShards(index, directory, peers, OPTIONS),
        _ -> new ImageEmbedding(Map.of(name, new float[] {1, 0}), "ab", 8, 8, false),
        texts
            ? Optional.of(new FakeTextQueryEmbedder(LabelScale.Activation.SOFTMAX))
            : Optional.empty());
  }

  private final class FakeInstance implements LocalShards {
    @Override
    public ShardReader reader(ModelIndex index) {
      return new FakeShards(index.name());
    }

    @Override
    public InstanceStatus status() {
      return new InstanceStatus("fake", "RUNNING", List.of(), Map.of(), null);
    }
  }

  /** The shards of one index: each finds all its rows. */
  private final class FakeShards implements ShardReader {
    private final String model;

    FakeShards(String model) {
      this.model = model;
    }

    @Override
    public List<ShardAnswer<ShardHits>> search(
        Set<Integer> shards, ShardSearch wanted, Duration timeLimit) {
      thresholds.add(wanted.threshold());
      List<SearchHit> none = List.of();
      return IntStream.range(0, 2)
          .mapToObj(shard -> new ShardAnswer<>(shard, true, new ShardHits(none, false)))
          .toList();
    }

    @Override
    public List<ShardAnswer<Optional<IndexRow>>> row(
        int shard, String imageId, Duration timeLimit) {
      synchronized (asked) {
        if (!asked.contains(model)) {
          asked.add(model);
        }
      }
      return away.contains(model)
          ? List.of()
          : List.of(
              new ShardAnswer<>(
                  shard,
                  true,
                  rows.getOrDefault(model, List.of()).stream()
                      .filter(row -> row.id().equals(imageId))
                      .findFirst()));
    }
  }
}
