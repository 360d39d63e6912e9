package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  private static final int DIMENSION = 100;
  private static final IndexOptions OPTIONS = new IndexOptions(DIMENSION, 64);
  private static final Map<String, String> ATTRIBUTES = Map.of("model", "one", "größe", "ü");

  @TempDir Path directory;
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = directory.resolve("index.snapshot");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 64, 3000})
  void shouldReadBackWhatItWrote(int rows) throws IOException {
    Random random = new Random(rows);
    try (VectorIndex written = new VectorIndex(OPTIONS)) {
      for (int i = 0; i < rows; i++) {
        byte[] payload = new byte[random.nextInt(1000)];
        random.nextBytes(payload);
        written.put(
            new IndexRow(
                "row-" + i,
                BruteForce.unitVector(DIMENSION, random),
                i % 3 == 0 ? "acme" : "",
                i % 5 == 0 ? "post" : "avatar",
                payload,
                i % 7 != 0));
      }
      for (int i = 0; i < rows; i += 4) {
        written.delete("row-" + i);
      }
      long length = write(written);

      assertThat(length).isEqualTo(Files.size(file));
      assertThat(SnapshotHeader.readAndVerify(file))
          .isEqualTo(
              new SnapshotHeader(
                  DIMENSION, written.statistics().liveRows(), written.sequence(), ATTRIBUTES));
      try (VectorIndex read = VectorIndex.open(OPTIONS, file)) {
        assertThat(read.sequence()).isEqualTo(written.sequence());
        assertThat(read.statistics().liveRows()).isEqualTo(written.statistics().liveRows());
        SearchRequest request = BruteForce.top(5000, BruteForce.unitVector(DIMENSION, random));
        assertThat(BruteForce.found(read.search(request)))
            .isEqualTo(BruteForce.found(written.search(request)));
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

  @Test
  void shouldHoldTheMomentItWasPreparedAtWhileRowsChange() throws IOException {
    try (VectorIndex index = new VectorIndex(OPTIONS)) {
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
        pending.writeTo(file);
      }
      try (VectorIndex read = VectorIndex.open(OPTIONS, file)) {
        assertThat(read.sequence()).isEqualTo(500);
        for (int i = 0; i < 500; i++) {
          assertThat(read.get("row-" + i).orElseThrow().vector()[0]).isEqualTo(i);
        }
      }
    }
  }

  @Test
  void shouldKeepNoByteOfDeletedOrReplacedRows() throws IOException {
    try (VectorIndex index = new VectorIndex(OPTIONS)) {
      index.put(secret("forgotten-id", "forgotten-payload", 1234.5f));
      index.put(secret("kept-id", "replaced-payload", 4321.5f));
      write(index);
      assertThat(contains("forgotten-id")).isTrue();

      index.delete("forgotten-id");
      index.put(secret("kept-id", "kept-payload", 1f));
      write(index);

      assertThat(contains("kept-payload")).isTrue();
      assertThat(contains("forgotten-id")).isFalse();
      assertThat(contains("forgotten-payload")).isFalse();
      assertThat(contains("replaced-payload")).isFalse();
      assertThat(contains(littleEndian(1234.5f))).isFalse();
      assertThat(contains(littleEndian(4321.5f))).isFalse();
    }
  }

  /** Cuts the file at, and flips a bit at, places all over it, header and footer included. */
  @Test
  void shouldRefuseATornFileWhereverItIsTorn() throws IOException {
    try (VectorIndex index = new VectorIndex(OPTIONS)) {
      for (int i = 0; i < 20; i++) {
        index.put(BruteForce.row("row-" + i, vectorOf(i)));
      }
      write(index);
    }
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at += at < 200 || at > whole.length - 40 ? 1 : 97) {
      Files.write(file, Arrays.copyOf(whole, at));
      assertRefused(at);
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x10;
      Files.write(file, flipped);
      assertRefused(at);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertRefused(whole.length);
    Files.write(file, whole);
    VectorIndex.open(OPTIONS, file).close();
  }

  private void assertRefused(int at) {
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, file).close())
        .as("damaged at byte %d", at)
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining(file.toString());
    assertThatThrownBy(() -> SnapshotHeader.readAndVerify(file))
        .as("damaged at byte %d", at)
        .isInstanceOf(SnapshotException.class);
  }

  @Test
  void shouldRefuseForeignFilesSayingWhatIsForeign() throws IOException {
    Files.writeString(file, "this is not a snapshot of an index at all");
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, file))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining("does not begin like");

    try (VectorIndex other = new VectorIndex(new IndexOptions(7, 64))) {
      write(other);
    }
    assertThatThrownBy(() -> VectorIndex.open(OPTIONS, file))
        .isInstanceOf(ForeignSnapshotException.class)
        .hasMessageContaining("7 dimensions, the index's 100");
  }

  @Test
  void shouldKeepTheOldFileWhenTheNewOneCannotBeWritten() throws IOException {
    try (VectorIndex index = new VectorIndex(OPTIONS)) {
      index.put(BruteForce.row("a", vectorOf(1)));
      write(index);
      byte[] old = Files.readAllBytes(file);
      // A directory in the temporary file's place makes the write fail.
      Files.createDirectories(PendingSnapshot.temporaryOf(file).resolve("blocked"));
      index.put(BruteForce.row("b", vectorOf(2)));

      assertThatThrownBy(() -> write(index)).isInstanceOf(IOException.class);

      assertThat(Files.readAllBytes(file)).isEqualTo(old);
    }
  }

  private long write(VectorIndex index) throws IOException {
    try (PendingSnapshot pending = index.prepareSnapshot(ATTRIBUTES)) {
      return pending.writeTo(file);
    }
  }

  private boolean contains(String text) throws IOException {
    return contains(text.getBytes(StandardCharsets.UTF_8));
  }

  private boolean contains(byte[] bytes) throws IOException {
    String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    return all.contains(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  private static byte[] littleEndian(float value) {
    int bits = Integer.reverseBytes(Float.floatToRawIntBits(value));
    return java.nio.ByteBuffer.allocate(4).putInt(bits).array();
  }

  private static IndexRow secret(String id, String payload, float value) {
    return new IndexRow(
        id, vectorOf(value), "", "", payload.getBytes(StandardCharsets.UTF_8), true);
  }

  private static float[] vectorOf(float value) {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, value);
    return vector;
  }
}
