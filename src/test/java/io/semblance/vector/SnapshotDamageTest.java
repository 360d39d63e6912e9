package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are torn, missing or not ours are refused by name, before they can mislead. */
class SnapshotDamageTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());
  private static final int DIMENSION = 150;
  private static final IndexOptions OPTIONS = new IndexOptions(DIMENSION, 128);
  private static final int ROWS = 300;
  private static final int FLIPS = 40;

  @TempDir Path root;

  private final Random random = new Random(SEED);

  private Path directory() {
    return root.resolve("index");
  }

  @BeforeEach
  void write() throws Exception {
    System.out.printf("damaged snapshots: -Dsemblance.seed=%d%n", SEED);
    try (VectorIndex index = VectorIndex.open(OPTIONS, directory())) {
      float[][] sample = new float[300][];
      for (int i = 0; i < sample.length; i++) {
        sample[i] = BruteForce.unitVector(DIMENSION, random);
      }
      index.codebooks().learn(sample);
      for (int i = 0; i < ROWS; i++) {
        index.put(BruteForce.row("row-" + i, BruteForce.unitVector(DIMENSION, random)));
      }
      try (PendingSnapshot pending = index.prepareSnapshot(Map.of("name", "value"))) {
        pending.write();
      }
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      return files.sorted().toList();
    }
  }

  private void assertRefused(Path file, String what) {
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, directory()).close())
        .as("%s of %s", what, file)
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining(file.toString());
    assertThatThrownBy(() -> SnapshotHeader.readAndVerify(directory()))
        .as("%s of %s", what, file)
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void shouldRefuseFilesThatAreCutOrLengthened() throws IOException {
    for (Path file : files()) {
      byte[] whole = Files.readAllBytes(file);
      for (int length :
          new int[] {0, 1, 11, whole.length / 2, whole.length - 1, whole.length + 1}) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertRefused(file, "length " + length + " instead of " + whole.length);
      }
      Files.write(file, whole);
    }
    VectorIndex.open(OPTIONS, directory()).close();
  }

  @Test
  void shouldRefuseADirectoryThatLacksAFile() throws IOException {
    for (Path file : files()) {
      if (!file.endsWith("manifest")) {
        byte[] whole = Files.readAllBytes(file);
        Files.delete(file);
        assertRefused(file, "absence");
        Files.write(file, whole);
      }
    }
    VectorIndex.open(OPTIONS, directory()).close();
  }

  @Test
  void shouldRefuseFilesOfAnotherSegment() throws IOException {
    for (String kind : List.of("rows-", "codes-")) {
      List<Path> segments =
          files().stream().filter(file -> file.toString().contains(kind)).toList();
      byte[] whole = Files.readAllBytes(segments.getFirst());
      Files.write(segments.getFirst(), Files.readAllBytes(segments.get(1)));
      assertRefused(segments.getFirst(), "exchange");
      Files.write(segments.getFirst(), whole);
    }
  }

  @Test
  void shouldFindEveryFlippedBitButInVectorsAtOpening() throws IOException {
    for (Path file : files()) {
      byte[] whole = Files.readAllBytes(file);
      boolean isSmall = whole.length < 2 * FLIPS;
      for (int flip = 0; flip < FLIPS && !file.toString().endsWith("vectors"); flip++) {
        int at = isSmall ? flip % whole.length : random.nextInt(whole.length);
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, flipped);
        if (isUnused(file, at)) {
          VectorIndex.open(OPTIONS, directory()).close();
        } else if (isLaneOfNoRow(file, at)) {
          VectorIndex.open(OPTIONS, directory()).close();
          assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        } else {
          assertRefused(file, "byte " + at);
        }
      }
      Files.write(file, whole);
    }
  }

  /** Behind the last code lies what may be overread. */
  private static boolean isUnused(Path file, int at) throws IOException {
    return file.toString().contains(".codes") && at >= Files.size(file) - CodeLayout.PART_BYTES;
  }

  /** Segment 2 has 44 rows, all in block 0. */
  private static boolean isLaneOfNoRow(Path file, int at) {
    if (!file.getFileName().toString().startsWith("segment-000002.codes")) {
      return false;
    }
    CodeLayout layout = new CodeLayout(Codebook.slabs(DIMENSION), CodeLayout.PART_SLABS, 128);
    int rows = ROWS - 2 * 128;
    if (at >= layout.partOffset(0, 1)) {
      return at >= layout.partOffset(rows, 1);
    }
    if (at >= layout.partOffset(0, 0)) {
      return at >= layout.partOffset(rows, 0);
    }
    boolean isOfBlock0 =
        at < layout.slabOffset(1, 0)
            || at >= layout.slabOffset(0, 1) && at < layout.slabOffset(1, 1);
    int lane = at % CodeLayout.DIMENSION_BYTES;
    return !isOfBlock0 || lane / 2 + lane % 2 * 32 >= rows;
  }

  @Test
  void shouldFindADamagedVectorWhenItIsFirstLookedAt() throws Exception {
    int rowBytes = OPTIONS.stride() * Float.BYTES;
    for (int trial = 0; trial < FLIPS; trial++) {
      int row = random.nextInt(ROWS);
      Path file = directory().resolve("segment-00000%d.vectors".formatted(row / 128));
      byte[] whole = Files.readAllBytes(file);
      byte[] flipped = whole.clone();
      // What pads a row counts too: not-a-number would spoil its score.
      flipped[row % 128 * rowBytes + random.nextInt(rowBytes)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      SnapshotHeader.readAndVerify(directory());
      try (VectorIndex index = VectorIndex.open(OPTIONS, directory())) {
        assertThat(index.damage()).isEmpty();
        assertThat(index.get("row-" + (row + 1) % ROWS)).isPresent();
        switch (trial % 3) {
          case 0 -> assertDamage(file, row, () -> index.get("row-" + row));
          case 1 ->
              assertDamage(
                  file,
                  row,
                  () ->
                      index.search(BruteForce.top(ROWS, BruteForce.unitVector(DIMENSION, random))));
          default -> {
            index.preloadVectors();
            assertThat(index.preloader().await(Duration.ofMinutes(1))).isTrue();
          }
        }
        assertThat(index.damage().orElseThrow()).hasMessageContaining("'row-" + row + "'");
        try (PendingSnapshot pending = index.prepareSnapshot(Map.of())) {
          assertThatThrownBy(pending::write).isInstanceOf(DamagedRowException.class);
        }
      }
      Files.write(file, whole);
    }
  }

  private static void assertDamage(
      Path file, int row, org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOf(DamagedRowException.class)
        .hasMessageContaining("'row-" + row + "'")
        .hasMessageContaining(file.toString())
        .hasMessageContaining("its checksum is wrong");
  }

  @Test
  void shouldRefuseForeignFilesSayingWhatIsForeign() throws IOException {
    Path manifest = IndexDirectory.manifestOf(directory());
    byte[] whole = Files.readAllBytes(manifest);
    Files.writeString(manifest, "this is not a snapshot of an index at all");
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, directory()))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining("does not begin like");

    byte[] newer = whole.clone();
    newer[8] = 77;
    Files.write(manifest, newer);
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, directory()))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining("version is 77");

    Files.write(manifest, whole);
    assertThatThrownBy(() -> VectorIndex.open(new IndexOptions(7, 64), directory()))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining(DIMENSION + " dimensions, the index's 7");

    IndexDirectory.discard(directory());
    Files.createDirectories(directory());
    Files.writeString(directory().resolve("index.snapshot"), "SEMBLVEC");
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, directory()))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining("index.snapshot")
        .hasMessageContaining("older version");
    IndexDirectory.discard(directory());
    VectorIndex.open(OPTIONS, directory()).close();
  }

  @Test
  void shouldLeaveFilesAloneThatAreNotItsOwn() throws IOException {
    Path strange = directory().resolve("notes.txt");
    Files.writeString(strange, "mine");
    Files.writeString(directory().resolve("segment-000009.vectors"), "left by a crash");
    VectorIndex.open(OPTIONS, directory()).close();
    assertThat(directory().resolve("segment-000009.vectors")).doesNotExist();
    IndexDirectory.discard(directory());
    assertThat(files()).containsExactly(strange);
  }
}
