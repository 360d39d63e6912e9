package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens while a snapshot is written, the directory holds the old one or the new one, and
 * an index goes on.
 */
class SnapshotCrashTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());
  private static final int DIMENSION = 70;
  private static final IndexOptions OPTIONS = new IndexOptions(DIMENSION, 128);
  private static final int ROUNDS = 7;

  @TempDir Path root;

  private final Random random = new Random(SEED);
  private final CrashingFiles files = new CrashingFiles();

  /** Rows as of now, and as of each snapshot by its sequence number. */
  private final Map<String, BruteForce.Stored> present = new TreeMap<>();

  private final Map<Long, Map<String, BruteForce.Stored>> snapshots = new HashMap<>();
  private int copies;

  @BeforeEach
  void tellSeed() {
    System.out.printf("snapshot crashes: -Dsemblance.seed=%d%n", SEED);
    snapshots.put(0L, Map.of());
  }

  private Path directory() {
    return root.resolve("index");
  }

  private VectorIndex open(Path directory, FileOperations operations) throws IOException {
    return VectorIndex.open(
        OPTIONS, KernelProvider.chosen(), new IndexDirectory(directory, operations));
  }

  @Test
  void shouldLeaveTheOldStateOrTheNewOneWhereverItCrashes() throws Exception {
    long durable = 0;
    int steps = 0;
    VectorIndex index = open(directory(), files);
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        change(index, 150);
        if (round == 3 || round == 5) {
          learn(index);
        }
        long before = durable;
        PendingSnapshot pending = index.prepareSnapshot(Map.of());
        snapshots.put(pending.sequence(), Map.copyOf(present));
        VectorIndex writing = index;
        int[] seen = new int[1];
        change(index, 40);
        files.onStep(operation -> {
          assertOldOrNew(operation, before, pending.sequence());
          seen[0]++;
          if (!operation.startsWith("create")) {
            files.withoutSteps(() -> change(writing, 5));
          }
        });
        try (pending) {
          pending.write();
        }
        files.onStep(operation -> {});
        durable = pending.sequence();
        steps += seen[0];
        assertOldOrNew("after the snapshot", durable, durable);
        change(index, 100);
        assertOldOrNew("after changes", durable, durable);
        if (round % 3 == 0) {
          Path left = copy();
          index.close();
          present.clear();
          present.putAll(snapshots.get(durable));
          IndexDirectory.discard(directory());
          CrashingFiles.copy(left, directory());
          files.startFrom(directory());
          index = open(directory(), files);
        }
      }
    } finally {
      index.close();
    }
    System.out.printf("%d steps, %d copies%n", steps, copies);
    assertThat(steps).isGreaterThan(10 * ROUNDS);
  }

  /** Fails each step of a snapshot in turn: the index goes on, and the next snapshot is whole. */
  @Test
  void shouldGoOnAfterAFailureOfAnyStep() throws Exception {
    try (VectorIndex index = open(directory(), files)) {
      learn(index);
      long durable = 0;
      boolean more = true;
      for (int failing = 0; more; failing++) {
        change(index, 100);
        int[] left = {failing};
        files.onStep(operation -> {
          if (!operation.startsWith("create") && left[0]-- == 0) {
            throw new IOException("injected: " + operation);
          }
        });
        PendingSnapshot pending = index.prepareSnapshot(Map.of());
        snapshots.put(pending.sequence(), Map.copyOf(present));
        try (pending) {
          pending.write();
          durable = pending.sequence();
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("injected");
        }
        more = left[0] < 0;
        files.onStep(operation -> {});
        assertOldOrNew("after failure " + failing, durable, pending.sequence());
        change(index, 60);
        assertOldOrNew("after failure and changes " + failing, durable, pending.sequence());
        durable = write(index);
        assertOldOrNew("after the next snapshot", durable, durable);
        assertState(index, present.values());
      }
    }
  }

  @Test
  void shouldGoOnInMemoryWhenTheDiskIsFullAndMoveIntoFilesWhenItIsNot() throws Exception {
    try (VectorIndex index = open(directory(), files)) {
      change(index, 200);
      learn(index);
      long durable = write(index);
      files.setFull(true);
      change(index, 400);
      learn(index); // its codes find no room either
      assertState(index, present.values());

      for (int attempt = 0; attempt < 2; attempt++) {
        try (PendingSnapshot pending = index.prepareSnapshot(Map.of())) {
          assertThatThrownBy(pending::write)
              .isInstanceOf(IOException.class)
              .hasMessageContaining("no room for " + directory())
              .hasMessageContaining("No space left on device")
              .hasMessageContaining("Make room on the disk");
        }
        change(index, 50);
        assertState(index, present.values());
        assertOldOrNew("while the disk is full", durable, durable);
      }

      files.setFull(false);
      durable = write(index);

      assertState(index, present.values());
      assertOldOrNew("when there is room", durable, durable);
      change(index, 300);
      assertState(index, present.values());
      assertOldOrNew("after further changes", durable, durable);
      for (RowSegment segment : index.segments()) {
        assertThat(segment.memory().isMapped()).isTrue();
        assertThat(Objects.requireNonNull(segment.codes()).memory().isMapped()).isTrue();
      }
    }
  }

  private long write(VectorIndex index) throws IOException {
    try (PendingSnapshot pending = index.prepareSnapshot(Map.of())) {
      snapshots.put(pending.sequence(), Map.copyOf(present));
      pending.write();
      return pending.sequence();
    }
  }

  private void change(VectorIndex index, int changes) {
    for (int i = 0; i < changes; i++) {
      String id = "row-" + random.nextInt(400);
      if (random.nextInt(4) == 0) {
        present.remove(id);
        index.delete(id);
      } else {
        IndexRow row = BruteForce.row(id, BruteForce.unitVector(DIMENSION, random));
        present.put(id, new BruteForce.Stored(row, index.put(row)));
      }
    }
  }

  private void learn(VectorIndex index) throws InterruptedException {
    float[][] sample = new float[300][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = BruteForce.unitVector(DIMENSION, random);
    }
    index.codebooks().learn(sample);
  }

  private Path copy() throws IOException {
    Path target = root.resolve("copy-" + copies++);
    CrashingFiles.copy(directory(), target);
    return target;
  }

  private void assertOldOrNew(String when, long before, long after) throws IOException {
    if (!java.nio.file.Files.exists(directory())) {
      return;
    }
    assertOldOrNew(when + ", process killed", copy(), before, after);
    for (int i = 0; i < 2; i++) {
      Path target = root.resolve("copy-" + copies++);
      files.copyAfterPowerLoss(directory(), target, random);
      assertOldOrNew(when + ", power lost", target, before, after);
    }
  }

  private void assertOldOrNew(String when, Path copy, long before, long after) throws IOException {
    try (VectorIndex index = open(copy, new FileOperations())) {
      assertThat(index.sequence()).as(when).isIn(before, after);
      assertState(index, Objects.requireNonNull(snapshots.get(index.sequence())).values());
      index.preloadVectors();
      assertThat(index.preloader().await(Duration.ofMinutes(1))).isTrue();
      assertThat(index.damage()).as(when).isEmpty();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (SnapshotException e) {
      throw new AssertionError(when, e);
    }
    IndexDirectory.discard(copy);
  }

  private void assertState(VectorIndex index, Collection<BruteForce.Stored> expected) {
    Random queries = new Random(SEED);
    assertThat(index.statistics().liveRows()).isEqualTo(expected.size());
    List<SearchRequest> requests = new ArrayList<>();
    for (float threshold : new float[] {0.25f, Float.NEGATIVE_INFINITY}) {
      float[] query = BruteForce.unitVector(DIMENSION, queries);
      requests.add(new SearchRequest(query, 20, threshold, BruteForce.ALL, 0));
    }
    requests.add(BruteForce.top(1000, BruteForce.unitVector(DIMENSION, queries)));
    for (SearchRequest request : requests) {
      assertThat(BruteForce.found(index.search(request)))
          .isEqualTo(BruteForce.search(expected, request));
    }
  }
}
