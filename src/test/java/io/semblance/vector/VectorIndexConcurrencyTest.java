package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One writer, several readers, slots reused as fast as the readers allow. */
class VectorIndexConcurrencyTest {
  private static final int DIMENSION = 96;
  private static final int IDS = 150;
  private static final int READERS = 3;
  private static final int CHANGES = 100_000;

  /** More than any value but that of id 0, whose row is only ever replaced by its like. */
  private static final int BEST = 2_000;

  /**
   * Every row has all components equal to one value, which its payload names. A torn row would have
   * a score that is no multiple of the dimension, or not the one its payload says.
   *
   * <p>Every id is always in the index, since it is only ever replaced. As each search sees one
   * moment, it must find each id exactly once, in the version that was current then.
   */
  @Test
  void shouldShowEverySearchOneMomentWithoutTornRows() throws Exception {
    try (VectorIndex index = new VectorIndex(new IndexOptions(DIMENSION, 64));
        ExecutorService readers = Executors.newFixedThreadPool(READERS + 1)) {
      for (int id = 0; id < IDS; id++) {
        index.put(row(id, id == 0 ? BEST : id));
      }
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong searches = new AtomicLong();
      List<Future<?>> running = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        running.add(
            readers.submit(() -> {
              while (!stop.get()) {
                checkMoment(index.search(BruteForce.top(IDS + 10, ones())));
                checkBest(index.search(BruteForce.top(1, ones())));
                checkBest(
                    index.search(
                        new SearchRequest(ones(), 5, BEST * DIMENSION, BruteForce.ALL, 0)));
                index
                    .search(
                        Collections.nCopies(
                            2 * SlabSums.TILE + 1,
                            new SearchRequest(ones(), 5, BEST * DIMENSION, BruteForce.ALL, 0)))
                    .forEach(VectorIndexConcurrencyTest::checkBest);
                searches.incrementAndGet();
              }
            }));
      }
      running.add(readers.submit(() -> codeAgainAndAgain(index, stop)));
      Random random = new Random(11);
      for (int change = 0; change < CHANGES; change++) {
        int id = random.nextInt(IDS);
        index.put(row(id, id == 0 ? BEST : random.nextInt(1000)));
        if (change % 500 == 0) {
          awaitMore(searches, running);
        }
      }
      stop.set(true);
      for (Future<?> future : running) {
        future.get(30, TimeUnit.SECONDS);
      }
      System.out.printf(
          "%d searches during %d replacements, %s%n", searches.get(), CHANGES, index.statistics());
      assertThat(searches.get()).isGreaterThanOrEqualTo(CHANGES / 500);
      // How many slots readers held back is the scheduler's doing; without them all come free.
      for (int change = 0; change < 64 * 64; change++) {
        index.put(row(change % IDS, 1));
      }
      assertThat(index.statistics().deletedRows()).isLessThanOrEqualTo(3 * 64);
      assertThat(index.statistics().freeSlots()).isPositive();
      assertThat(index.statistics().liveRows()).isEqualTo(IDS);
    }
  }

  /** However codes come, go and change, the best row is never passed over. */
  private static void checkBest(SearchResult result) {
    assertThat(result.hits()).extracting(SearchHit::id).containsExactly("row-0");
    assertThat(result.hits().getFirst().score()).isEqualTo((float) BEST * DIMENSION);
  }

  private static void codeAgainAndAgain(VectorIndex index, AtomicBoolean stop) {
    Random random = new Random(14);
    try {
      while (!stop.get()) {
        learn(index, random);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * As above, with one snapshot after the other written meanwhile, codes made anew and the disk
   * full at times. What the last one holds is what was there when it was prepared.
   */
  @Test
  void shouldShowEverySearchOneMomentWhileSnapshotsAreWritten(@TempDir Path root) throws Exception {
    IndexOptions options = new IndexOptions(DIMENSION, 64);
    Path directory = root.resolve("index");
    Map<Integer, Integer> values = new HashMap<>();
    Map<Integer, Integer> lastPrepared;
    AtomicBoolean full = new AtomicBoolean();
    FileOperations files =
        new FileOperations() {
          @Override
          MemorySegment create(Path file, long bytes, Arena arena) throws IOException {
            if (full.get()) {
              throw new IOException("No space left on device");
            }
            return super.create(file, bytes, arena);
          }
        };
    int written = 0;
    AtomicBoolean stop = new AtomicBoolean();
    try (VectorIndex index =
            VectorIndex.open(
                options, KernelProvider.chosen(), new IndexDirectory(directory, files));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        AutoCloseable stopping = () -> stop.set(true)) {
      assertThat(stopping).isNotNull();
      for (int id = 0; id < IDS; id++) {
        values.put(id, id);
        index.put(row(id, id));
      }
      AtomicLong searches = new AtomicLong();
      List<Future<?>> running = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        running.add(
            threads.submit(() -> {
              while (!stop.get()) {
                checkMoment(index.search(BruteForce.top(IDS + 10, ones())));
                searches.incrementAndGet();
              }
            }));
      }
      Random random = new Random(13);
      lastPrepared = Map.copyOf(values);
      Future<Boolean> writing = threads.submit(() -> true);
      for (int change = 0; change < 30_000; change++) {
        int id = random.nextInt(IDS);
        int value = random.nextInt(1000);
        index.put(row(id, value));
        values.put(id, value);
        if (change % 2_000 == 0) { // which the last one has had to be written in
          written += writing.get() ? 1 : 0;
          full.set(change % 6_000 == 4_000);
          PendingSnapshot pending = index.prepareSnapshot(Map.of());
          writing = threads.submit(() -> write(pending));
        }
        if (change % 10_000 == 5_000) {
          learn(index, random);
        }
        if (change % 100 == 0) {
          awaitMore(searches, running);
        }
      }
      writing.get();
      full.set(false);
      lastPrepared = Map.copyOf(values);
      assertThat(write(index.prepareSnapshot(Map.of()))).isTrue();
      index.put(row(1, 999));
      stop.set(true);
      for (Future<?> future : running) {
        future.get(30, TimeUnit.SECONDS);
      }
      System.out.printf(
          "%d snapshots, %d searches, %s%n", written, searches.get(), index.statistics());
    }
    assertThat(written).isGreaterThan(3);
    try (VectorIndex index = VectorIndex.open(options, directory)) {
      SearchResult result = index.search(BruteForce.top(IDS + 10, ones()));
      checkMoment(result);
      for (SearchHit hit : result.hits()) {
        int id = Integer.parseInt(hit.id().substring("row-".length()));
        assertThat(hit.score())
            .isEqualTo((float) Objects.requireNonNull(lastPrepared.get(id)) * DIMENSION);
      }
    }
  }

  /** Returns false if the disk was full. */
  private static boolean write(PendingSnapshot pending) {
    try (pending) {
      pending.write();
      return true;
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left on device");
      return false;
    }
  }

  private static void learn(VectorIndex index, Random random) throws InterruptedException {
    float[][] sample = new float[200][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = BruteForce.unitVector(DIMENSION, random);
    }
    index.codebooks().learn(sample);
  }

  /** Lets the readers run, on a machine with few cores too, until one more search has ended. */
  private static void awaitMore(AtomicLong searches, List<? extends Future<?>> running) {
    long before = searches.get();
    while (searches.get() == before && running.stream().noneMatch(Future::isDone)) {
      LockSupport.parkNanos(50_000);
    }
  }

  /** Deletions and puts whose history is replayed for the moment that a search says it saw. */
  @Test
  void shouldAnswerAsOfTheSequenceNumberItNames() throws Exception {
    int changes = 2_000;
    record Change(String id, boolean put) {}
    Change[] history = new Change[changes + 1];
    try (VectorIndex index = new VectorIndex(new IndexOptions(DIMENSION, 64));
        ExecutorService readers = Executors.newFixedThreadPool(READERS)) {
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong searches = new AtomicLong();
      List<Future<Map<Long, Set<String>>>> running = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        running.add(readers.submit(() -> watch(index, stop, searches)));
      }
      Random random = new Random(12);
      Set<String> present = new HashSet<>();
      for (int change = 1; change <= changes; change++) {
        String id = "row-" + random.nextInt(100);
        boolean put = !present.contains(id) || random.nextBoolean();
        history[change] = new Change(id, put);
        if (put) {
          present.add(id);
          index.put(BruteForce.row(id, ones()));
        } else {
          present.remove(id);
          index.delete(id);
        }
        if (change % 20 == 0) {
          awaitMore(searches, running);
        }
      }
      stop.set(true);
      Map<Long, Set<String>> seen = new HashMap<>();
      for (Future<Map<Long, Set<String>>> future : running) {
        future
            .get(30, TimeUnit.SECONDS)
            .forEach((moment, ids) -> {
              Set<String> other = seen.put(moment, ids);
              assertThat(other == null || other.equals(ids)).isTrue();
            });
      }
      Set<String> expected = new HashSet<>();
      for (int change = 1; change <= changes; change++) {
        if (history[change].put()) {
          expected.add(history[change].id());
        } else {
          expected.remove(history[change].id());
        }
        Set<String> ids = seen.get((long) change);
        if (ids != null) {
          assertThat(ids).as("as of %d", change).isEqualTo(expected);
        }
      }
      assertThat(seen).hasSizeGreaterThanOrEqualTo(changes / 20 / 2);
    }
  }

  /** Searches until told to stop, and returns which ids were there at each moment it saw. */
  private static Map<Long, Set<String>> watch(
      VectorIndex index, AtomicBoolean stop, AtomicLong searches) {
    Map<Long, Set<String>> seen = new HashMap<>();
    while (!stop.get()) {
      SearchResult result = index.search(BruteForce.top(1000, ones()));
      Set<String> ids = new HashSet<>();
      result.hits().forEach(hit -> assertThat(ids.add(hit.id())).isTrue());
      Set<String> other = seen.put(result.sequence(), ids);
      assertThat(other == null || other.equals(ids)).isTrue();
      searches.incrementAndGet();
    }
    return seen;
  }

  @Test
  void shouldCloseSafelyWhileSearchesRun() throws Exception {
    for (int round = 0; round < 20; round++) {
      VectorIndex index = new VectorIndex(new IndexOptions(DIMENSION, 64));
      for (int id = 0; id < 2_000; id++) {
        index.put(row(id, id % 1000));
      }
      try (ExecutorService readers = Executors.newFixedThreadPool(READERS)) {
        List<Future<Boolean>> running = new ArrayList<>();
        for (int reader = 0; reader < READERS; reader++) {
          running.add(
              readers.submit(() -> {
                while (true) {
                  try {
                    index.search(BruteForce.top(5, ones()));
                  } catch (IndexClosedException e) {
                    return true;
                  }
                }
              }));
        }
        index.close();
        for (Future<Boolean> future : running) {
          assertThat(future.get(30, TimeUnit.SECONDS)).isTrue();
        }
      }
      assertThat(index.statistics().bytes()).isZero();
    }
  }

  private static void checkMoment(SearchResult result) {
    Set<String> ids = new HashSet<>();
    for (SearchHit hit : result.hits()) {
      int value = ((hit.payload()[0] & 0xff) << 8) | (hit.payload()[1] & 0xff);
      if (!ids.add(hit.id())
          || hit.score() != (float) value * DIMENSION
          || hit.sequence() > result.sequence()) {
        throw new AssertionError(
            "torn or repeated row: %s, score %s, payload %d"
                .formatted(hit.id(), hit.score(), value));
      }
    }
    if (ids.size() != IDS) {
      throw new AssertionError("found " + ids.size() + " of " + IDS + " ids");
    }
  }

  private static IndexRow row(int id, int value) {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, value);
    byte[] payload = {(byte) (value >>> 8), (byte) value};
    return new IndexRow("row-" + id, vector, "", "", payload, true);
  }

  private static float[] ones() {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, 1f);
    return vector;
  }
}
