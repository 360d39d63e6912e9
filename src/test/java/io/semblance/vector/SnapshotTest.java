package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a directory holds after a snapshot, and what it costs. */
class SnapshotTest {
  private static final int DIMENSION = 150;
  private static final IndexOptions OPTIONS = new IndexOptions(DIMENSION, 128);
  private static final Map<String, String> ATTRIBUTES = Map.of("model", "one", "größe", "ü");

  @TempDir Path root;

  private Path directory() {
    return root.resolve("index");
  }

  private VectorIndex open() throws IOException {
    return VectorIndex.open(OPTIONS, directory());
  }

  @ParameterizedTest
  @CsvSource({"0,false", "1,false", "64,false", "1000,false", "300,true", "3000,true"})
  void shouldReadBackWhatItWrote(int rows, boolean coded) throws Exception {
    Random random = new Random(rows);
    try (VectorIndex written = open()) {
      if (coded) {
        learn(written, random);
      }
      for (int i = 0; i < rows; i++) {
        byte[] payload = new byte[random.nextInt(1000)];
        random.nextBytes(payload);
        written.put(
            new IndexRow(
                i % 11 == 0 ? "größe-" + i : "row-" + i,
                BruteForce.unitVector(DIMENSION, random),
                i % 3 == 0 ? "acme" : "",
                i % 5 == 0 ? "post" : "avatar",
                payload,
                i % 7 != 0));
      }
      for (int i = 0; i < rows; i += 4) {
        written.delete("row-" + i);
      }
      write(written);

      assertThat(SnapshotHeader.readAndVerify(directory()))
          .isEqualTo(SnapshotHeader.read(directory()))
          .isEqualTo(
              new SnapshotHeader(
                  DIMENSION, written.statistics().liveRows(), written.sequence(), ATTRIBUTES));
      try (VectorIndex read = VectorIndex.open(OPTIONS, copy())) {
        assertSame(read, written, random);
        assertThat(read.statistics().codedRows())
            .isEqualTo(coded ? read.statistics().liveRows() : 0);
        for (int i = 0; i < rows; i++) {
          assertThat(read.get("row-" + i))
              .usingRecursiveComparison()
              .isEqualTo(written.get("row-" + i));
        }
        assertThat(read.put(BruteForce.row("next", new float[DIMENSION])))
            .isEqualTo(written.sequence() + 1);
      }
    }
  }

  private static void assertSame(VectorIndex read, VectorIndex written, Random random) {
    assertThat(read.sequence()).isEqualTo(written.sequence());
    assertThat(read.statistics().liveRows()).isEqualTo(written.statistics().liveRows());
    for (SearchFilter filter :
        List.of(
            BruteForce.ALL,
            new SearchFilter("acme", java.util.Set.of(), java.util.Set.of()),
            new SearchFilter("", java.util.Set.of("post"), java.util.Set.of()))) {
      float[] query = BruteForce.unitVector(DIMENSION, random);
      for (float threshold : new float[] {Float.NEGATIVE_INFINITY, 0.2f}) {
        SearchRequest request = new SearchRequest(query, 5000, threshold, filter, 0);
        assertThat(BruteForce.found(read.search(request)))
            .isEqualTo(BruteForce.found(written.search(request)));
      }
    }
  }

  /** Nothing is learnt again, and the very first search passes over rows by the codes. */
  @Test
  void shouldUseTheCodesRightAfterOpening() throws Exception {
    Random random = new Random(5);
    List<BruteForce.Stored> stored = new ArrayList<>();
    try (VectorIndex index = open()) {
      learn(index, random);
      for (int i = 0; i < 2_000; i++) {
        IndexRow row = BruteForce.row("row-" + i, BruteForce.unitVector(DIMENSION, random));
        stored.add(new BruteForce.Stored(row, index.put(row)));
      }
      write(index);
    }
    try (VectorIndex index = open()) {
      float[] query = stored.get(77).row().vector();
      SearchRequest request = new SearchRequest(query, 100, 0.9f, BruteForce.ALL, 0);
      assertThat(BruteForce.found(index.search(request)))
          .isEqualTo(BruteForce.search(stored, request));
      assertThat(index.statistics().rowsScored()).isBetween(1L, 200L);
      assertThat(index.statistics().codedRows()).isEqualTo(2_000);
      assertThat(index.statistics().codeBytes()).isPositive();
    }
  }

  /** Segments that the snapshot has no codes of get those of its newest codebook. */
  @Test
  void shouldCodeTheRestAfterOpening() throws Exception {
    Random random = new Random(6);
    try (VectorIndex index = open()) {
      for (int i = 0; i < 500; i++) {
        index.put(BruteForce.row("row-" + i, BruteForce.unitVector(DIMENSION, random)));
      }
      write(index);
      learn(index, random);
      RowSegment last = index.segments()[index.segments().length - 1];
      write(index);
      // As a learner leaves it that was stopped in between.
      last.beginCodes(
          index.table().newCodes(last, Objects.requireNonNull(last.codes()).codebook()));
      last.replaceCodes(null);
      index.put(BruteForce.row("row-499", BruteForce.unitVector(DIMENSION, random)));
      write(index);
    }
    try (VectorIndex index = open()) {
      assertThat(index.awaitCodes(Duration.ofSeconds(60))).isTrue();
      assertThat(index.statistics().codedRows()).isEqualTo(500);
      write(index);
    }
    try (VectorIndex index = open()) {
      assertThat(index.statistics().codedRows()).isEqualTo(500);
    }
  }

  @Test
  void shouldHoldTheMomentItWasPreparedAtWhileRowsChange() throws IOException {
    try (VectorIndex index = open()) {
      for (int i = 0; i < 500; i++) {
        index.put(BruteForce.row("row-" + i, vectorOf(i)));
      }
      try (PendingSnapshot pending = index.prepareSnapshot(ATTRIBUTES)) {
        for (int round = 0; round < 3; round++) {
          for (int i = 0; i < 500; i++) {
            index.put(BruteForce.row("row-" + i, vectorOf(-1)));
          }
        }
        index.delete("row-7");
        pending.write();
      }
    }
    try (VectorIndex read = open()) {
      assertThat(read.sequence()).isEqualTo(500);
      for (int i = 0; i < 500; i++) {
        assertThat(read.get("row-" + i).orElseThrow().vector()[0]).isEqualTo(i);
      }
    }
  }

  /** The rows of the last snapshot keep their slots, however often they are replaced after it. */
  @Test
  void shouldNotTouchARowOfTheLastSnapshotUntilTheNext() throws IOException {
    try (VectorIndex index = open()) {
      for (int i = 0; i < 300; i++) {
        index.put(BruteForce.row("row-" + i, vectorOf(i)));
      }
      write(index);
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 300; i++) {
          index.put(BruteForce.row("row-" + i, vectorOf(-round)));
        }
        assertThat(index.statistics().retainedRows()).isEqualTo(300);
      }
      // Rows that no snapshot names are reused without one.
      assertThat(index.statistics().slots()).isLessThanOrEqualTo(4 * 300);

      try (VectorIndex read = VectorIndex.open(OPTIONS, copy())) {
        for (int i = 0; i < 300; i++) {
          assertThat(read.get("row-" + i).orElseThrow().vector()[0]).isEqualTo(i);
        }
      }
      write(index);
      assertThat(index.statistics().retainedRows()).isZero();
      assertThat(index.statistics().deletedRows()).isZero();
    }
  }

  @Test
  void shouldKeepNoByteOfDeletedOrReplacedRows() throws Exception {
    Random random = new Random(8);
    try (VectorIndex index = open()) {
      learn(index, random);
      for (int i = 0; i < 100; i++) {
        index.put(BruteForce.row("row-" + i, BruteForce.unitVector(DIMENSION, random)));
      }
      index.put(secret("forgotten-id", "forgotten-tenant", "forgotten-payload", 1234.5f));
      index.put(secret("kept-id", "", "replaced-payload", 4321.5f));
      write(index);
      assertThat(contains("forgotten-id")).isTrue();
      assertThat(contains(littleEndian(1234.5f))).isTrue();
      byte[] codes = codesOf(index, "forgotten-id");
      assertThat(codes).isNotEqualTo(new byte[codes.length]);

      index.delete("forgotten-id");
      index.put(secret("kept-id", "", "kept-payload", 1f));
      long slotsBefore = index.statistics().freeSlots();
      write(index);

      assertThat(index.statistics().freeSlots()).isEqualTo(slotsBefore + 2);
      assertThat(contains("kept-payload")).isTrue();
      for (String text :
          List.of("forgotten-id", "forgotten-tenant", "forgotten-payload", "replaced-payload")) {
        assertThat(contains(text)).as(text).isFalse();
      }
      assertThat(contains(littleEndian(1234.5f))).isFalse();
      assertThat(contains(littleEndian(4321.5f))).isFalse();
      assertThat(lanes(index, 100)).isEqualTo(new byte[codes.length]);
      assertThat(lanes(index, 101)).isEqualTo(new byte[codes.length]);
    }
  }

  /** What a crash left of rows that no snapshot had is gone once the directory is opened. */
  @Test
  void shouldWipeAtOpeningWhatNoSnapshotNames() throws Exception {
    Path crashed;
    try (VectorIndex index = open()) {
      learn(index, new Random(9));
      index.put(BruteForce.row("a", vectorOf(1)));
      write(index);
      index.put(secret("late", "", "late", 1234.5f));
      for (int i = 0; i < 200; i++) {
        index.put(secret("late-" + i, "", "late", 1234.5f));
      }
      crashed = copy();
    }
    assertThat(contains(crashed, littleEndian(1234.5f))).isTrue();

    try (VectorIndex index = VectorIndex.open(OPTIONS, crashed)) {
      assertThat(contains(crashed, littleEndian(1234.5f))).isFalse();
      assertThat(lanes(index, 1)).containsOnly(0);
      assertThat(names(crashed)).doesNotContain("segment-000001.vectors");
    }
  }

  /** A search that looks at deleted rows delays their wiping and nothing else. */
  @Test
  void shouldWipeForgottenRowsWhenTheLastSearchHasLeftThem() throws Exception {
    try (VectorIndex index = open()) {
      index.put(secret("forgotten", "", "", 1234.5f));
      write(index);
      int reader = index.enter();
      index.delete("forgotten");
      PendingSnapshot pending = index.prepareSnapshot(ATTRIBUTES);
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                try (pending) {
                  pending.write();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      while (SnapshotHeader.read(directory()).sequence() != index.sequence()) {
        Thread.onSpinWait();
      }
      assertThat(index.segments()[0].vectors().get(ScalarDotProducts.FLOAT, 0)).isEqualTo(1234.5f);

      index.readers().leave(reader);
      writer.join();

      assertThat(contains(littleEndian(1234.5f))).isFalse();
    }
  }

  @Test
  void shouldWriteOnlyWhatChanged() throws Exception {
    Random random = new Random(10);
    IndexOptions options = new IndexOptions(DIMENSION, 1024);
    long vectorBlock = 64L * options.stride() * Float.BYTES;
    try (VectorIndex index = VectorIndex.open(options, directory())) {
      learn(index, random);
      for (int i = 0; i < 10 * 1024; i++) {
        index.put(BruteForce.row("row-" + i, BruteForce.unitVector(DIMENSION, random)));
      }
      long all = write(index);
      assertThat(all).isBetween(index.statistics().bytes(), 2 * index.statistics().bytes());
      long codeBlock =
          new CodeLayout(Codebook.slabs(DIMENSION), CodeLayout.PART_SLABS, 1024).blockBytes();
      long rowsFile = Files.size(find("segment-000005.rows-"));
      long manifest = Files.size(IndexDirectory.manifestOf(directory()));

      assertThat(write(index)).isEqualTo(manifest);

      // A deletion writes no vector: its row is wiped after the snapshot, and that by the next.
      index.delete("row-5200");
      assertThat(write(index)).isBetween(manifest + rowsFile / 2, manifest + rowsFile);
      assertThat(write(index)).isEqualTo(manifest + vectorBlock + codeBlock);
      assertThat(write(index)).isEqualTo(manifest);

      index.put(BruteForce.row("row-5200", BruteForce.unitVector(DIMENSION, random)));
      assertThat(write(index))
          .isBetween(
              manifest + vectorBlock + codeBlock + rowsFile / 2,
              manifest + vectorBlock + codeBlock + rowsFile + 100);
    }
  }

  @Test
  void shouldDeleteFilesOfFormerSnapshots() throws Exception {
    try (VectorIndex index = open()) {
      index.put(BruteForce.row("a", vectorOf(1)));
      write(index);
      index.put(BruteForce.row("b", vectorOf(2)));
      write(index);
      assertThat(names(directory()))
          .containsExactly("manifest", "segment-000000.rows-2", "segment-000000.vectors");
      learn(index, new Random(11));
      write(index);
      assertThat(names(directory()))
          .containsExactly(
              "codebook-1",
              "manifest",
              "segment-000000.codes-1",
              "segment-000000.rows-3",
              "segment-000000.vectors");
      learn(index, new Random(12));
      write(index); // by then the old codes are released
      write(index);
      assertThat(names(directory()))
          .containsExactly(
              "codebook-2",
              "manifest",
              "segment-000000.codes-2",
              "segment-000000.rows-4",
              "segment-000000.vectors");
    }
    IndexDirectory.discard(directory());
    assertThat(directory()).doesNotExist();
  }

  @Test
  void shouldAdoptTheRowsPerSegmentOfTheDirectory() throws Exception {
    try (VectorIndex index = open()) {
      for (int i = 0; i < 200; i++) {
        index.put(BruteForce.row("row-" + i, vectorOf(i)));
      }
      write(index);
    }
    try (VectorIndex index = VectorIndex.open(new IndexOptions(DIMENSION, 8192), directory())) {
      assertThat(index.options().rowsPerSegment()).isEqualTo(128);
      for (int i = 0; i < 200; i++) {
        index.put(BruteForce.row("more-" + i, vectorOf(i)));
      }
      write(index);
    }
    try (VectorIndex index = open()) {
      assertThat(index.search(BruteForce.top(1000, vectorOf(1))).hits()).hasSize(400);
    }
  }

  @Test
  void shouldReadAndCheckAllVectorsWhenToldTo() throws Exception {
    try (VectorIndex index = open()) {
      for (int i = 0; i < 200; i++) {
        index.put(BruteForce.row("row-" + i, vectorOf(i)));
      }
      write(index);
    }
    try (VectorIndex index = open()) {
      index.preloadVectors();
      assertThat(index.preloader().await(Duration.ofSeconds(60))).isTrue();
      assertThat(index.damage()).isEmpty();
      for (RowSegment segment : index.segments()) {
        for (int block = 0; block < segment.blocks(); block++) {
          assertThat(segment.unverified(block)).isZero();
        }
      }
    }
  }

  @Test
  void shouldHoldOneSnapshotAtATime() throws Exception {
    try (VectorIndex index = open();
        PendingSnapshot first = index.prepareSnapshot(ATTRIBUTES)) {
      assertThatThrownBy(() -> index.prepareSnapshot(ATTRIBUTES))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not closed");
      first.write();
      assertThatThrownBy(first::write).isInstanceOf(IllegalStateException.class);
    }
    try (VectorIndex index = new VectorIndex(OPTIONS)) {
      assertThatThrownBy(() -> index.prepareSnapshot(ATTRIBUTES))
          .hasMessageContaining("no directory");
    }
  }

  private static void learn(VectorIndex index, Random random) throws InterruptedException {
    float[][] sample = new float[500][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = BruteForce.unitVector(DIMENSION, random);
    }
    index.codebooks().learn(sample);
  }

  private static long write(VectorIndex index) throws IOException {
    try (PendingSnapshot pending = index.prepareSnapshot(ATTRIBUTES)) {
      return pending.write();
    }
  }

  private static byte[] codesOf(VectorIndex index, String id) {
    long slot = Objects.requireNonNull(index.table().slotsById().get(id));
    return lanes(index, slot);
  }

  /** Returns a slot's codes: its lanes of slabs, and its parts. */
  private static byte[] lanes(VectorIndex index, long slot) {
    RowCodes codes = Objects.requireNonNull(index.table().segment(slot).codes());
    int within = (int) (slot % index.options().rowsPerSegment());
    ByteBuffer bytes = ByteBuffer.allocate(codes.layout().blockBytes() / 64);
    for (int slab = 0; slab < codes.layout().slabsByDimension(); slab++) {
      long at = codes.slabOffset(within / 64, slab) + CodeLayout.lane(within);
      for (int i = 0; i < Codebook.SLAB_BYTES; i++) {
        bytes.put(
            codes.codes().get(ValueLayout.JAVA_BYTE, at + (long) i * CodeLayout.DIMENSION_BYTES));
      }
    }
    int further = bytes.remaining() - CodeLayout.PART_BYTES;
    for (int part = 0; part <= 1; part++) {
      bytes.put(
          codes
              .codes()
              .asSlice(codes.partOffset(within, part), part == 0 ? CodeLayout.PART_BYTES : further)
              .toArray(ValueLayout.JAVA_BYTE));
    }
    return bytes.array();
  }

  /** Copies the directory as it is at this moment, as a crash of the process would leave it. */
  private Path copy() throws IOException {
    Path target = Files.createTempDirectory(root, "copy");
    try (Stream<Path> files = Files.list(directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private static java.util.Set<String> names(Path directory) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }

  private Path find(String prefix) throws IOException {
    return directory()
        .resolve(
            names(directory()).stream()
                .filter(name -> name.startsWith(prefix))
                .findFirst()
                .orElseThrow());
  }

  private boolean contains(String text) throws IOException {
    return contains(directory(), text.getBytes(StandardCharsets.UTF_8));
  }

  private boolean contains(byte[] bytes) throws IOException {
    return contains(directory(), bytes);
  }

  private static boolean contains(Path directory, byte[] bytes) throws IOException {
    String searched = new String(bytes, StandardCharsets.ISO_8859_1);
    for (String name : names(directory)) {
      byte[] file = Files.readAllBytes(directory.resolve(name));
      if (new String(file, StandardCharsets.ISO_8859_1).contains(searched)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] littleEndian(float value) {
    int bits = Integer.reverseBytes(Float.floatToRawIntBits(value));
    return java.nio.ByteBuffer.allocate(4).putInt(bits).array();
  }

  private static IndexRow secret(String id, String tenant, String payload, float value) {
    return new IndexRow(
        id, vectorOf(value), tenant, "", payload.getBytes(StandardCharsets.UTF_8), true);
  }

  private static float[] vectorOf(float value) {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, value);
    return vector;
  }
}
