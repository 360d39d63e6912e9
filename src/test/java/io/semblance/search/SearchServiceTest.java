package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EmbeddingMetadataCodec;
import io.semblance.event.EventMetadata;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchHit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Searches over two instances: one in process, the other behind a real HTTP server. */
class SearchServiceTest {
  private static final String HASH = "ab".repeat(32);
  private static final ModelDescription MODEL = new ModelDescription("m", "1", "fp", 2, 0.8f);
  private static final ModelIndex INDEX =
      new ModelIndex("matching", MODEL, "image-embeddings", "index", () -> 4);
  private static final EmbeddingMetadataCodec CODEC = new EmbeddingMetadataCodec("m", "1", "fp");
  private static final SearchOptions OPTIONS = OptionsOfTests.SEARCH;
  private static final SearchParameters TOP_10 = new SearchParameters(10, null, "", Set.of());

  private final CountDownLatch released = new CountDownLatch(1);
  private volatile boolean hanging;
  private final FakeShards local = new FakeShards(Map.of(0, rows("a", "d"), 1, rows("b")));
  private final FakeShards remote = new FakeShards(Map.of(2, rows("f"), 3, rows("c", "e")));
  private HttpServer server;
  private Peers peers;
  private final FakeTextQueryEmbedder texts =
      new FakeTextQueryEmbedder(LabelScale.Activation.SOFTMAX);
  private SearchedModels models;
  private SearchService search;

  @BeforeEach
  void startInstances() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    PeerEndpoint endpoint =
        new PeerEndpoint(new FakeInstance(remote), new ModelIndexes(List.of(INDEX)), OPTIONS);
    server.createContext(
        "/",
        exchange -> {
          byte[] request = exchange.getRequestBody().readAllBytes();
          if (hanging) {
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          byte[] answer =
              exchange.getRequestURI().getPath().equals(PeerMessages.SEARCH_PATH)
                  ? endpoint.search(request)
                  : endpoint.row(request);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    StreamsAvailability availability = new StreamsAvailability();
    availability.onChange(KafkaStreams.State.RUNNING, KafkaStreams.State.REBALANCING);
    peers = new Peers(new FakeInstance(local), OPTIONS);
    ShardDirectory directory =
        new FakeDirectory(
            4,
            () ->
                List.of(
                    new Instance("localhost:1", true, Set.of(0, 1), Set.of()),
                    new Instance(
                        "localhost:" + server.getAddress().getPort(),
                        false,
                        Set.of(2, 3),
                        Set.of())));
    models =
        new SearchedModels(
            List.of(
                new SearchedModel(
                    INDEX,
                    new IndexShards(INDEX, directory, peers, OPTIONS),
                    image ->
                        new ImageEmbedding(
                            Map.of("matching", new float[] {1, 0}), HASH, 8, 8, image.length == 0),
                    Optional.of(texts))));
    search = new SearchService(models, availability, OPTIONS, new SimpleMeterRegistry());
  }

  @AfterEach
  void stopInstances() {
    released.countDown();
    models.close();
    peers.close();
    server.stop(0);
  }

  @Test
  void shouldMergeTheBestOfAllShards() {
    SearchAnswer answer = search.search(new SearchQuery.ByVector(new float[] {3, 0}), TOP_10);
    assertThat(answer.matches())
        .extracting(SearchAnswer.Match::imageId)
        .containsExactly("a", "b", "c", "d", "e", "f");
    assertThat(answer.partial()).isFalse();
    assertThat(answer.shards()).isEqualTo(new Coverage(4, 4, List.of(), List.of()));
    assertThat(
            search
                .search(
                    new SearchQuery.ByVector(new float[] {1, 0}),
                    new SearchParameters(2, 0.5f, "", Set.of()))
                .truncated())
        .isTrue();
  }

  @Test
  void shouldSearchByAText() {
    SearchAnswer answer = search.search(new SearchQuery.ByText("boots 1 0"), TOP_10);
    assertThat(answer.matches()).hasSize(6);
    assertThat(answer.query()).isNull();
    assertThat(answer.textTruncated()).isNull();
    assertThat(texts.embedded).containsExactly("boots 1 0");
    assertThat(search.search(new SearchQuery.ByText("long boots 1 0"), TOP_10).textTruncated())
        .isTrue();
  }

  @Test
  void shouldTellWhichLabelsAreLongerThanTheModelReads() {
    ClassificationService classification = new ClassificationService(search, models, OPTIONS);
    Labels labels = new Labels(List.of("0 1", "long 1 0"), "{}");
    assertThat(classification.classify("c", "", labels, null).labels())
        .filteredOn(label -> label.textTruncated() != null)
        .extracting(ClassificationAnswer.Label::label)
        .containsExactly("long 1 0");
  }

  @Test
  void shouldClassifyAnIndexedImageOfTheTenantAlone() {
    ClassificationService classification = new ClassificationService(search, models, OPTIONS);
    Labels labels = new Labels(List.of("0 1", "1 0"), "a {}");
    ClassificationAnswer answer = classification.classify("c", "", labels, null);
    assertThat(answer.labels())
        .extracting(ClassificationAnswer.Label::label)
        .containsExactly("1 0", "0 1");
    assertThat(answer.query()).isEqualTo(new SearchAnswer.QueryImage(HASH, 8, 8));
    assertThatThrownBy(() -> classification.classify("c", "other", labels, null))
        .isInstanceOfSatisfying(
            SearchException.class,
            e -> assertThat(e.reason()).isEqualTo(SearchException.Reason.NOT_FOUND));
  }

  @Test
  void shouldMarkAnAnswerPartialWhileAnInstanceHangs() {
    hanging = true;
    long started = System.nanoTime();
    SearchAnswer answer = search.search(new SearchQuery.ByImage(new byte[1]), TOP_10);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(6));
    assertThat(answer.partial()).isTrue();
    assertThat(answer.shards()).isEqualTo(new Coverage(4, 2, List.of(2, 3), List.of()));
    assertThat(answer.matches())
        .extracting(SearchAnswer.Match::imageId)
        .containsExactly("a", "b", "d");
    hanging = false;
    assertThat(search.search(new SearchQuery.ByImage(new byte[1]), TOP_10).partial()).isFalse();
  }

  @Test
  void shouldMarkAnAnswerPartialWhenAnInstanceIsGone() {
    server.stop(0);
    SearchAnswer answer = search.search(new SearchQuery.ByImage(new byte[1]), TOP_10);
    assertThat(answer.partial()).isTrue();
    assertThat(answer.matches()).hasSize(3);
  }

  @Test
  void shouldReadWhyAnInstanceRefuses() throws IOException {
    HttpServer refusing =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    refusing.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] answer =
              (path.equals(PeerMessages.STATUS_PATH)
                      ? "{\"detail\":\"4 searches are under way: try again\",\"status\":429}"
                      : "no problem document")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(429, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    refusing.start();
    try {
      Instance instance =
          new Instance("localhost:" + refusing.getAddress().getPort(), false, Set.of(), Set.of());
      assertThatThrownBy(() -> peers.statusOf(instance))
          .isInstanceOf(IOException.class)
          .hasMessage("it answers with status 429: 4 searches are under way: try again");
      assertThatThrownBy(() -> peers.readerOf(instance, INDEX).row(0, "a", Duration.ofSeconds(5)))
          .isInstanceOf(IOException.class)
          .hasMessage("it answers with status 429");
    } finally {
      refusing.stop(0);
    }
  }

  @Test
  void shouldLookUpARowWhereverItIs() {
    // In this directory "d" belongs to shard 0, which is here, and "c" to shard 3, which is not.
    assertThat(search.image("d", "", null, true).vector()).containsExactly(1, 0);
    assertThat(search.image("c", "", null, true).vector()).containsExactly(1, 0);
    assertThatThrownBy(() -> search.image("d", "other", null, false))
        .isInstanceOfSatisfying(
            SearchException.class,
            e -> assertThat(e.reason()).isEqualTo(SearchException.Reason.NOT_FOUND));
    assertThatThrownBy(() -> search.image("zz", "", null, false))
        .isInstanceOf(SearchException.class);
  }

  @Test
  void shouldAnswerNothingForAPictureWithoutInformation() {
    SearchAnswer answer = search.search(new SearchQuery.ByImage(new byte[0]), TOP_10);
    assertThat(answer.verdict()).isEqualTo(SearchAnswer.Verdict.LOW_INFORMATION);
    assertThat(answer.matches()).isEmpty();
    assertThat(local.asked + remote.asked).isZero();
  }

  @Test
  void shouldRefuseWhatIsOverALimit() {
    for (SearchParameters wrong :
        List.of(
            new SearchParameters(0, null, "", Set.of()),
            new SearchParameters(101, null, "", Set.of()),
            new SearchParameters(1, 2f, "", Set.of()),
            new SearchParameters(1, Float.NaN, "", Set.of()),
            new SearchParameters(1, null, 1.1f, "", Set.of(), null),
            new SearchParameters(1, null, Float.NaN, "", Set.of(), null),
            new SearchParameters(1, null, "", Set.of("1", "2", "3", "4", "5")))) {
      assertInvalid(new SearchQuery.ByVector(new float[] {1, 0}), wrong);
    }
    assertInvalid(new SearchQuery.ByText(" "), TOP_10);
    assertInvalid(new SearchQuery.ByText("a text too long 1 0 0"), TOP_10);
    assertInvalid(new SearchQuery.ByVector(new float[] {1, 0, 0}), TOP_10);
    assertInvalid(new SearchQuery.ByVector(new float[] {0, 0}), TOP_10);
    assertInvalid(new SearchQuery.ByVector(new float[] {Float.NaN, 0}), TOP_10);
  }

  private void assertInvalid(SearchQuery query, SearchParameters parameters) {
    assertThatThrownBy(() -> search.search(query, parameters))
        .isInstanceOfSatisfying(
            SearchException.class,
            e -> assertThat(e.reason()).isEqualTo(SearchException.Reason.INVALID));
  }

  private static List<IndexRow> rows(String... ids) {
    List<IndexRow> rows = new ArrayList<>();
    for (String id : ids) {
      EmbeddingMetadata metadata =
          new EmbeddingMetadata(
              "m",
              "1",
              "fp",
              HASH,
              8,
              8,
              false,
              new EventMetadata("e-" + id, "test", Instant.EPOCH, Map.of()));
      rows.add(new IndexRow(id, new float[] {1, 0}, "", "", CODEC.encode(metadata), true));
    }
    return rows;
  }

  /** Shards in memory that find every row, at a similarity of 1: ties go by id. */
  private static final class FakeShards implements ShardReader {
    private final Map<Integer, List<IndexRow>> rowsByShard;
    private volatile int asked;

    FakeShards(Map<Integer, List<IndexRow>> rowsByShard) {
      this.rowsByShard = new HashMap<>(rowsByShard);
    }

    @Override
    public List<ShardAnswer<ShardHits>> search(
        Set<Integer> shards, ShardSearch search, Duration timeLimit) {
      asked = asked + 1;
      List<ShardAnswer<ShardHits>> answers = new ArrayList<>();
      rowsByShard.forEach((shard, rows) -> {
        if (shards.contains(shard)) {
          List<SearchHit> hits =
              rows.stream()
                  .sorted(Comparator.comparing(IndexRow::id))
                  .limit(search.limit())
                  .map(row -> new SearchHit(row.id(), 1, 1, row.payload()))
                  .toList();
          answers.add(
              new ShardAnswer<>(shard, true, new ShardHits(hits, rows.size() > search.limit())));
        }
      });
      return answers;
    }

    @Override
    public List<ShardAnswer<Optional<IndexRow>>> row(
        int shard, String imageId, Duration timeLimit) {
      List<IndexRow> rows = rowsByShard.get(shard);
      return rows == null
          ? List.of()
          : List.of(
              new ShardAnswer<>(
                  shard, true, rows.stream().filter(row -> row.id().equals(imageId)).findFirst()));
    }
  }

  /** An instance that has shards of one index. */
  private record FakeInstance(FakeShards shards) implements LocalShards {
    @Override
    public ShardReader reader(ModelIndex index) {
      return shards;
    }

    @Override
    public InstanceStatus status() {
      return new InstanceStatus("fake", "RUNNING", List.of(), Map.of(), null);
    }
  }
}
