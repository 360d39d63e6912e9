package io.semblance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.semblance.LogLines;
import io.semblance.vector.IndexDirectory;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import io.semblance.vector.SearchFilter;
import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.FailureReason;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorIndexStoreTest {
  private static final String TOPIC = "image-embeddings";
  private static final int PARTITION = 3;
  private static final TopicPartition SOURCE = new TopicPartition(TOPIC, PARTITION);
  private static final String UNREADABLE = "unreadable";
  private static final String FATAL = "fatal";
  private static final String FOREIGN = "foreign";
  private static final String FOREIGN_MODEL = "model former (fingerprint abc)";
  private static final int MANY_ROWS_DIMENSION = 64;

  @TempDir Path stateDirectory;

  @Test
  void shouldGoOnFromItsSnapshot() {
    Opened first = open("model-one");
    first.put("a", 1, 0, 10);
    first.put("b", 0.8f, 0.6f, 11);
    first.store.delete("a", TOPIC, PARTITION, 12);
    first.store.close();

    Opened second = open("model-one");

    assertThat(second.store.committedOffset(SOURCE)).isEqualTo(12);
    assertThat(second.ids()).containsExactly("b");
    assertThat(second.store.getPosition())
        .isEqualTo(Position.emptyPosition().withComponent(TOPIC, PARTITION, 12));
    second.put("c", 1, 0, 13);
    assertThat(second.ids()).containsExactly("c", "b");
    second.store.close();
  }

  @Test
  void shouldDeleteTheIndexesOfOtherModelsInItsTasksDirectory() throws IOException {
    Path former = stateDirectory.resolve(VectorIndexStore.NAME_PREFIX + "-former");
    Path other = Files.createDirectories(stateDirectory.resolve("another-store"));
    Opened first = open("model-one");
    first.put("a", 1, 0, 10);
    first.store.close();
    Files.move(stateDirectory.resolve("index"), former);

    open("model-two").store.close();

    assertThat(former).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void shouldOpenTheSameStoreObjectAgainAfterClose() {
    Opened opened = open("model-one");
    opened.put("a", 1, 0, 0);
    opened.store.close();
    opened.store.close();
    assertThat(opened.store.isOpen()).isFalse();

    opened.store.init(opened.context, opened.store);

    assertThat(opened.store.isOpen()).isTrue();
    assertThat(opened.ids()).containsExactly("a");
    opened.store.close();
  }

  @Test
  void shouldNoteAtItsCloseThatAnUnchangedSnapshotIsUpToDate() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    Files.setLastModifiedTime(snapshot(), FileTime.from(Instant.now().minus(Duration.ofHours(6))));
    Opened idle = open("model-one");
    idle.store.load();

    idle.store.close();

    assertThat(Files.getLastModifiedTime(snapshot()).toInstant())
        .isAfter(Instant.now().minus(Duration.ofHours(1)));
  }

  @Test
  void shouldWriteADueSnapshotThoughNoFurtherRecordComes() {
    Opened opened =
        open(
            new IndexStoreOptions(
                new IndexOptions(2, 64),
                "some-model",
                "model-one",
                Duration.ZERO,
                1_000,
                Duration.ofMillis(300),
                Duration.ofDays(3),
                true),
            stateDirectory);
    opened.put("a", 1, 0, 0);
    assertThat(opened.store.statistics().changesSinceSnapshot()).isEqualTo(1);

    await()
        .untilAsserted(() -> {
          opened.store.maintain();
          assertThat(opened.store.statistics().changesSinceSnapshot()).isZero();
        });
    opened.store.close();
  }

  @Test
  void shouldNotWriteASnapshotWhenOpenedAndClosedOnly() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    FileTime written = Files.getLastModifiedTime(snapshot());

    // What Streams does with every store at its start.
    Opened scanned = open("model-one");
    scanned.store.commit(Map.of(SOURCE, 0L));
    scanned.store.close();

    assertThat(Files.getLastModifiedTime(snapshot())).isEqualTo(written);
    Opened empty = open("model-one", stateDirectory.resolve("other"));
    empty.store.commit(Map.of(SOURCE, -4L));
    empty.store.close();
    assertThat(stateDirectory.resolve("other").resolve("index")).doesNotExist();
  }

  @Test
  void shouldIgnoreRecordsThatComeAgain() {
    Opened opened = open("model-one");
    opened.put("a", 1, 0, 10);
    opened.store.delete("a", TOPIC, PARTITION, 11);
    long sequence = opened.store.sequence();

    assertThat(opened.put("a", 1, 0, 10)).isEqualTo(sequence);
    assertThat(opened.store.delete("a", TOPIC, PARTITION, 11)).isFalse();

    assertThat(opened.ids()).isEmpty();
    assertThat(opened.store.statistics().repeatedRecords()).isEqualTo(2);
    opened.store.close();
  }

  @Test
  void shouldRestoreFromItsTopicAndPassOverWhatItCannotRead() {
    Opened opened = open("model-one");

    opened.restore(
        List.of(
            record(0, "a", "1 0"),
            record(1, "b", "0 1"),
            record(3, "c", UNREADABLE),
            record(4, "d", "1 2 3"),
            record(7, "b", null)));

    assertThat(opened.ids()).containsExactly("a");
    assertThat(opened.store.statistics().rejectedRecords()).isEqualTo(2);
    assertThat(opened.store.getPosition())
        .isEqualTo(Position.emptyPosition().withComponent(TOPIC, PARTITION, 7));
    opened.store.close();
  }

  @Test
  void shouldCountEmbeddingsOfAnotherModelAndWarnOfThemOnce() {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      records.add(record(i, "image-" + i, FOREIGN));
    }
    records.add(record(1_000, "a", "1 0"));
    try (LogLines warnings = new LogLines(VectorIndexStoreBuilder.class);
        LogLines lines = new LogLines(VectorIndexStore.class)) {
      Opened first = open("model-one");
      first.restore(records);
      first.restore(records); // comes again
      assertThat(first.store.statistics().foreign())
          .isEqualTo(new ForeignRecords(1_000, Optional.of(FOREIGN_MODEL)));
      assertThat(first.store.statistics().rejectedRecords()).isZero();
      first.store.close();
      assertThat(warnings.all())
          .singleElement()
          .asString()
          .contains(TOPIC + " has embeddings of " + FOREIGN_MODEL)
          .contains("its index is of model id-of-model-one");
      assertThat(lines.all()).isEmpty();

      Opened second = open("model-one");
      second.store.load();
      assertThat(second.ids()).containsExactly("a");
      assertThat(second.store.statistics().foreign().count()).isEqualTo(1_000);
      second.store.passOver(FOREIGN_MODEL, TOPIC, PARTITION, 1_001);
      assertThat(second.store.statistics().foreign().count()).isEqualTo(1_001);
      second.store.close();
      assertThat(lines.all())
          .singleElement()
          .asString()
          .contains("has met 1000 embeddings of other models")
          .contains(FOREIGN_MODEL);
    }
  }

  /** An Error would end the thread that restores, and leave Streams running without its shards. */
  @Test
  void shouldTellStreamsOfAnErrorWhileItIsRestored() {
    Opened opened = open("model-one");

    assertThatThrownBy(() -> opened.restore(List.of(record(0, "a", FATAL))))
        .isInstanceOf(ProcessorStateException.class)
        .hasMessageContaining("no such class")
        .hasCauseInstanceOf(NoClassDefFoundError.class);
    opened.store.close();
  }

  @Test
  void shouldRefuseASnapshotOfAnotherModelNamingBothAndTheRemedy() {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();

    assertThatThrownBy(() -> open("model-two"))
        .isInstanceOf(IndexMismatchException.class)
        .hasMessageContaining("model id-of-model-one (fingerprint model-one, dimension 2)")
        .hasMessageContaining("model id-of-model-two (fingerprint model-two, dimension 2)")
        .hasMessageContaining("the index in " + snapshot().getParent())
        .hasMessageContaining("upload the images again");
    assertThat(snapshot()).exists();

    Opened again = open("model-one");
    assertThat(again.ids()).containsExactly("a");
    again.store.close();
  }

  @Test
  void shouldDeleteATornSnapshotAndBeRebuilt() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    byte[] whole = Files.readAllBytes(snapshot());
    whole[whole.length - 30] ^= 1;
    Files.write(snapshot(), whole);
    Files.setLastModifiedTime(snapshot(), FileTime.from(Instant.now().plusSeconds(5)));

    Opened second = open("model-one");

    assertThat(snapshot()).doesNotExist();
    assertThat(second.store.committedOffset(SOURCE)).isNull();
    second.restore(List.of(record(0, "a", "1 0")));
    assertThat(second.ids()).containsExactly("a");
    second.store.close();
    assertThat(snapshot()).exists();
  }

  @Test
  void shouldFindWhenItIsOpenedThatAFileOfTheSnapshotIsTorn() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    Path rows;
    try (Stream<Path> files = Files.list(stateDirectory.resolve("index"))) {
      rows = files.filter(file -> file.toString().contains(".rows-")).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(rows);
    whole[whole.length / 2] ^= 1;
    Files.write(rows, whole);
    Files.setLastModifiedTime(snapshot(), FileTime.from(Instant.now().plusSeconds(5)));

    Opened second = open("model-one");

    assertThat(stateDirectory.resolve("index")).doesNotExist();
    assertThat(second.store.committedOffset(SOURCE)).isNull();
    second.restore(List.of(record(0, "a", "1 0")));
    assertThat(second.ids()).containsExactly("a");
    second.store.close();
  }

  @Test
  void shouldSayThatAManifestIsMissing() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    Files.delete(snapshot());

    try (LogLines lines = new LogLines(SnapshotKeeper.class)) {
      Opened second = open("model-one");

      assertThat(second.store.committedOffset(SOURCE)).isNull();
      assertThat(lines.all())
          .singleElement()
          .asString()
          .startsWith("shard 3 of store index is rebuilt from its topic, by itself: ")
          .contains(snapshot() + " is missing");
      second.restore(List.of(record(0, "a", "1 0")));
      assertThat(second.ids()).containsExactly("a");
      second.store.close();
    }
  }

  @Test
  void shouldSayNothingOfAManifestWhereThereWasNoIndex() {
    try (LogLines lines = new LogLines(SnapshotKeeper.class)) {
      open("model-one").store.close();
      assertThat(lines.all()).isEmpty();
    }
  }

  @Test
  void shouldNameTheShardAndItsTimesAndSaySegmentsOfAnExistingDirectoryAreKept() {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    IndexStoreOptions others =
        IndexStoreOptions.of(
            new IndexOptions(2, 128), "some-model", options("model-one").modelFingerprint());

    try (LogLines lines = new LogLines(SnapshotKeeper.class)) {
      Opened second = open(others, stateDirectory);
      assertThat(second.ids()).containsExactly("a");
      second.store.close();

      assertThat(lines.all()).hasSize(2);
      assertThat(lines.all().getFirst())
          .matches(
              "shard 3 of store index read 1 rows from its snapshot in \\d+ ms, then waited \\d+ ms"
                  + " for the search kernels to warm up");
      assertThat(lines.all().getLast())
          .startsWith("shard 3 of store index keeps segments of 64 rows")
          .contains("semblance.index.rows-per-segment = 128");
    }
  }

  /** Codes are learnt in the background, after the row that there were enough with. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldKeepCodesThatWereLearntWhileNoRowChanged(boolean running) {
    int rows = 20_000;
    Random random = new Random(rows);
    Opened first = open(manyRows(Duration.ofHours(1)), stateDirectory);
    for (int i = 0; i < rows; i++) {
      float[] vector = new float[MANY_ROWS_DIMENSION];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = (float) random.nextGaussian();
      }
      IndexRow row = new IndexRow("row-" + i, vector, "", "", new byte[0], true);
      first.store.put(row, TOPIC, PARTITION, i);
    }
    first.store.close(); // before there are codes, or few

    Opened second = open(manyRows(running ? Duration.ZERO : Duration.ofHours(1)), stateDirectory);
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(second.codedRows()).isEqualTo(rows));
    assertThat(second.store.statistics().changesSinceSnapshot()).isZero();
    if (running) {
      await()
          .untilAsserted(() -> {
            second.store.maintain();
            assertThat(second.store.statistics().snapshotsWritten()).isPositive();
          });
      assertThat(second.store.statistics().lastSnapshot()).isPresent();
    }
    second.store.close();

    Opened third = open(manyRows(Duration.ofHours(1)), stateDirectory);
    assertThat(third.codedRows()).isEqualTo(rows);
    third.store.close();
  }

  @Test
  void shouldBeRebuiltInPlaceOfASnapshotOfAnOlderVersion() throws IOException {
    Path old = stateDirectory.resolve("index").resolve("index.snapshot");
    Files.createDirectories(stateDirectory.resolve("index"));
    Files.writeString(old, "SEMBLVEC");

    Opened opened = open("model-one");

    assertThat(old).doesNotExist();
    assertThat(opened.store.committedOffset(SOURCE)).isNull();
    opened.restore(List.of(record(0, "a", "1 0")));
    assertThat(opened.ids()).containsExactly("a");
    opened.store.close();
    assertThat(snapshot()).exists();
  }

  /** Vectors are first looked at when the store is in use, by a query or by the task itself. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldFailQueriesAndBeRebuiltWhenAVectorProvesDamaged(boolean byQuery) throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.put("b", 0, 1, 1);
    first.store.close();
    Path vectors = stateDirectory.resolve("index").resolve("segment-000000.vectors");
    byte[] whole = Files.readAllBytes(vectors);
    whole[2] ^= 1;
    Files.write(vectors, whole);
    Opened second =
        open(options("model-one", Duration.ofSeconds(30), 1_000, false), stateDirectory);
    assertThat(second.store.committedOffset(SOURCE)).isEqualTo(1);
    second.put("c", 1, 0, 2);

    if (byQuery) {
      QueryResult<List<SearchResult>> result = second.ask(new SimilarityQuery(List.of(request())));
      assertThat(result.getFailureReason()).isEqualTo(FailureReason.STORE_EXCEPTION);
      assertThat(result.getFailureMessage())
          .contains("'a'", vectors.toString(), "is rebuilt from its topic, by itself");
      assertThat(second.ask(new RowQuery("b")).isFailure()).isTrue();
      second.store.commit(Map.of(SOURCE, 2L));
    } else {
      assertThatThrownBy(second::ids).isInstanceOf(TaskCorruptedException.class);
    }
    second.restore(List.of(record(3, "d", "1 0"))); // must not fail: Streams takes it as fatal
    assertThatThrownBy(() -> second.put("e", 1, 0, 4)).isInstanceOf(TaskCorruptedException.class);
    assertThatCode(second.store::load).as("a task's initialisation").doesNotThrowAnyException();
    assertThatThrownBy(second.store::maintain).isInstanceOf(TaskCorruptedException.class);

    assertThat(snapshot()).doesNotExist();
    assertThat(second.store.committedOffset(SOURCE)).isNull();
    second.store.close();
    assertThat(snapshot()).doesNotExist();
    second.store.init(second.context, second.store);
    second.restore(List.of(record(0, "a", "1 0"), record(1, "b", "0 1")));
    assertThat(second.ids()).containsExactly("a", "b");
    second.store.close();
  }

  /** An exception there would end the thread, and Streams wipe its other tasks' indexes. */
  @Test
  void shouldNotFailATasksInitialisationByASnapshotThatIsTornMeanwhile() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    Opened second = open("model-one");
    Files.delete(stateDirectory.resolve("index").resolve("segment-000000.vectors"));

    second.store.load();

    assertThat(snapshot()).doesNotExist();
    assertThatThrownBy(second.store::maintain).isInstanceOf(TaskCorruptedException.class);
    second.store.commit(Map.of());
    second.restore(List.of(record(0, "a", "1 0")));
    assertThat(second.ids()).containsExactly("a");
    second.store.close();
  }

  @Test
  void shouldNotUseASnapshotThatFellBehindTooLongAgo() throws IOException {
    Opened first = open("model-one");
    first.put("a", 1, 0, 0);
    first.store.close();
    Files.setLastModifiedTime(snapshot(), FileTime.from(Instant.now().minus(Duration.ofHours(13))));

    Opened second = open("model-one");

    assertThat(second.store.committedOffset(SOURCE)).isNull();
    assertThat(second.ids()).isEmpty();
    second.store.close();
  }

  @Test
  void shouldForgetEverythingWhenStreamsFindsTheTaskCorrupted() {
    Opened opened = open("model-one");
    opened.put("a", 1, 0, 0);
    opened.store.close();
    opened = open("model-one");
    assertThat(opened.ids()).containsExactly("a");

    opened.store.commit(Map.of());

    assertThat(opened.store.committedOffset(SOURCE)).isNull();
    assertThat(opened.ids()).isEmpty();
    opened.store.close();
    assertThat(snapshot()).doesNotExist();
  }

  @Test
  void shouldGoOnAndTryAgainWhenASnapshotCannotBeWritten() throws IOException {
    Opened opened = open(options("model-one", Duration.ZERO, 1), stateDirectory);
    Path blocked = snapshot().resolveSibling("manifest.tmp");
    Files.createDirectories(blocked.resolve("full"));
    opened.put("a", 1, 0, 0);
    await().until(() -> opened.store.statistics().snapshotFailures() > 0);
    StoreStatistics failing = opened.store.statistics();
    assertThat(failing.snapshotFailure()).isPresent();
    assertThat(failing.snapshotsWritten()).isZero();
    assertThat(opened.ids()).containsExactly("a");

    Files.delete(blocked.resolve("full"));
    Files.deleteIfExists(blocked);
    opened.put("b", 0, 1, 1);
    await()
        .until(() -> {
          opened.store.commit(Map.of(SOURCE, 1L));
          return opened.store.statistics().snapshotsWritten() > 0;
        });

    assertThat(opened.store.statistics().snapshotFailure()).isEmpty();
    assertThat(opened.store.statistics().changesSinceSnapshot()).isZero();
    assertThat(opened.store.committedOffset(SOURCE)).isEqualTo(1);
    opened.store.close();
  }

  @Test
  void shouldAnswerQueries() {
    Opened opened = open("model-one");
    opened.put("a", 1, 0, 5);

    QueryResult<List<SearchResult>> similar = opened.ask(new SimilarityQuery(List.of(request())));
    QueryResult<Optional<IndexRow>> row = opened.ask(new RowQuery("a"));
    QueryResult<StoreStatistics> statistics = opened.ask(new StatisticsQuery());

    assertThat(similar.getResult().getFirst().hits())
        .extracting(SearchHit::id)
        .containsExactly("a");
    assertThat(similar.getPosition())
        .isEqualTo(Position.emptyPosition().withComponent(TOPIC, PARTITION, 5));
    assertThat(row.getResult().orElseThrow().vector()).containsExactly(1, 0);
    assertThat(statistics.getResult().index().liveRows()).isEqualTo(1);
    opened.store.close();
  }

  @Test
  void shouldSayThatItDoesNotKnowAQuery() {
    Opened opened = open("model-one");
    record Stranger() implements Query<String> {}

    QueryResult<String> result = opened.ask(new Stranger());

    assertThat(result.getFailureReason()).isEqualTo(FailureReason.UNKNOWN_QUERY_TYPE);
    opened.store.close();
  }

  @Test
  void shouldHonourPositionBoundsOfItsOwnPartitionOnly() {
    Opened opened = open("model-one");
    opened.put("a", 1, 0, 5);

    assertThat(opened.ask(new RowQuery("a"), bound(PARTITION, 5)).isSuccess()).isTrue();
    assertThat(opened.ask(new RowQuery("a"), bound(PARTITION + 1, 9)).isSuccess()).isTrue();
    QueryResult<Optional<IndexRow>> ahead = opened.ask(new RowQuery("a"), bound(PARTITION, 6));
    assertThat(ahead.getFailureReason()).isEqualTo(FailureReason.NOT_UP_TO_BOUND);

    opened.store.skip(TOPIC, PARTITION, 6);
    assertThat(opened.ask(new RowQuery("a"), bound(PARTITION, 6)).isSuccess()).isTrue();
    opened.store.close();
  }

  @Test
  void shouldFailAQueryThatItCannotAnswerWithoutThrowing() {
    Opened opened = open("model-one");
    SearchRequest wrong =
        new SearchRequest(new float[7], 1, 0, new SearchFilter("", Set.of(), Set.of()), 0);

    QueryResult<List<SearchResult>> result = opened.ask(new SimilarityQuery(List.of(wrong)));

    assertThat(result.getFailureReason()).isEqualTo(FailureReason.STORE_EXCEPTION);
    assertThat(result.getFailureMessage()).contains("has 7 dimensions");
    opened.store.close();
    assertThat(opened.ask(new RowQuery("a")).getFailureReason())
        .isEqualTo(FailureReason.NOT_PRESENT);
  }

  @Test
  void shouldAnswerOrSayThatItIsGoneWhileItIsWrittenAndClosed() throws Exception {
    Opened opened = open(options("model-one", Duration.ZERO, 1), stateDirectory);
    opened.put("row-0", 1, 0, 0);
    try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
      List<Future<Long>> answers = new ArrayList<>();
      for (int caller = 0; caller < 2; caller++) {
        answers.add(
            callers.submit(() -> {
              long answered = 0;
              while (true) {
                QueryResult<List<SearchResult>> result =
                    opened.ask(new SimilarityQuery(List.of(request())));
                if (result.isFailure()) {
                  assertThat(result.getFailureReason()).isEqualTo(FailureReason.NOT_PRESENT);
                  return answered;
                }
                assertThat(result.getResult().getFirst().hits()).isNotEmpty();
                answered++;
              }
            }));
      }
      for (int offset = 1; offset < 2_000; offset++) {
        opened.put("row-" + offset % 100, 1, 0, offset);
      }
      opened.store.close();
      for (Future<Long> answer : answers) {
        answer.get(30, TimeUnit.SECONDS);
      }
    }
    Opened again = open("model-one");
    assertThat(again.store.committedOffset(SOURCE)).isEqualTo(1_999);
    assertThat(again.store.statistics().index().liveRows()).isEqualTo(100);
    again.store.close();
  }

  private Path snapshot() {
    return IndexDirectory.manifestOf(stateDirectory.resolve("index"));
  }

  private Opened open(String model) {
    return open(model, stateDirectory);
  }

  private static Opened open(String model, Path directory) {
    return open(options(model, Duration.ofSeconds(30), 1_000), directory);
  }

  private static Opened open(IndexStoreOptions options, Path directory) {
    Opened opened = new Opened(options, directory);
    opened.store.init(opened.context, opened.store);
    return opened;
  }

  private static IndexStoreOptions options(String model) {
    return options(model, Duration.ofSeconds(30), 1_000);
  }

  /** As many as codes are learnt from. */
  private static IndexStoreOptions manyRows(Duration snapshotInterval) {
    return new IndexStoreOptions(
        new IndexOptions(MANY_ROWS_DIMENSION, 8_192),
        "some-model",
        "model-one",
        snapshotInterval,
        1_000,
        Duration.ofHours(2),
        Duration.ofDays(3),
        false);
  }

  private static IndexStoreOptions options(String model, Duration interval, long changes) {
    return options(model, interval, changes, true);
  }

  private static IndexStoreOptions options(
      String model, Duration interval, long changes, boolean preload) {
    return new IndexStoreOptions(
        new IndexOptions(2, 64),
        "id-of-" + model,
        model,
        interval,
        changes,
        Duration.ofMinutes(10),
        Duration.ofHours(12),
        preload);
  }

  private static EmbeddingRowDecoder.Decoded decode(ConsumerRecord<byte[], byte[]> record) {
    String id = new String(record.key(), StandardCharsets.UTF_8);
    if (record.value() == null) {
      return new EmbeddingRowDecoder.Decoded.Deletion(id);
    }
    String value = new String(record.value(), StandardCharsets.UTF_8);
    if (value.equals(UNREADABLE)) {
      return new EmbeddingRowDecoder.Decoded.Rejected("it cannot be read");
    }
    if (value.equals(FOREIGN)) {
      return new EmbeddingRowDecoder.Decoded.Foreign(FOREIGN_MODEL);
    }
    if (value.equals(FATAL)) {
      throw new NoClassDefFoundError("no such class");
    }
    String[] numbers = value.split(" ", -1);
    float[] vector = new float[numbers.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Float.parseFloat(numbers[i]);
    }
    return new EmbeddingRowDecoder.Decoded.Row(new IndexRow(id, vector, "", "", new byte[0], true));
  }

  private static ConsumerRecord<byte[], byte[]> record(
      long offset, String key, @Nullable String value) {
    byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    return new ConsumerRecord<>(
        TOPIC, PARTITION, offset, key.getBytes(StandardCharsets.UTF_8), bytes);
  }

  private static SearchRequest request() {
    SearchFilter all = new SearchFilter("", Set.of(), Set.of());
    return new SearchRequest(new float[] {1, 0}, 10, Float.NEGATIVE_INFINITY, all, 0);
  }

  private static PositionBound bound(int partition, long offset) {
    return PositionBound.at(Position.emptyPosition().withComponent(TOPIC, partition, offset));
  }

  /** A store with the context that it was given, whose restore callback is kept. */
  private static final class Opened {
    final VectorIndexStore store;
    final StateStoreContext context;
    private @Nullable RecordBatchingStateRestoreCallback callback;

    Opened(IndexStoreOptions options, Path directory) {
      store = new VectorIndexStoreBuilder("index", options, VectorIndexStoreTest::decode).build();
      MockProcessorContext<Void, Void> mock =
          new MockProcessorContext<>(
              new Properties(), new TaskId(0, PARTITION), directory.toFile());
      context = capturing(mock.getStateStoreContext());
    }

    private StateStoreContext capturing(StateStoreContext context) {
      return (StateStoreContext)
          Proxy.newProxyInstance(
              StateStoreContext.class.getClassLoader(),
              new Class<?>[] {StateStoreContext.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("register")) {
                  assertThat(arguments[0]).isInstanceOf(StateStore.class);
                  assertThat(arguments[1]).isInstanceOf(StateRestoreCallback.class);
                  callback = (RecordBatchingStateRestoreCallback) arguments[1];
                  return null;
                }
                return method.invoke(context, arguments);
              });
    }

    long put(String id, float x, float y, long offset) {
      IndexRow row = new IndexRow(id, new float[] {x, y}, "", "", new byte[0], true);
      return store.put(row, TOPIC, PARTITION, offset);
    }

    void restore(List<ConsumerRecord<byte[], byte[]>> records) {
      Objects.requireNonNull(callback).restoreBatch(records);
    }

    long codedRows() {
      return store.statistics().index().codedRows();
    }

    List<String> ids() {
      SearchResult result = store.search(List.of(request())).getFirst();
      return result.hits().stream().map(SearchHit::id).toList();
    }

    <R> QueryResult<R> ask(Query<R> query) {
      return ask(query, PositionBound.unbounded());
    }

    <R> QueryResult<R> ask(Query<R> query, PositionBound bound) {
      return store.query(query, bound, new QueryConfig(false));
    }
  }
}
