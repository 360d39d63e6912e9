package io.semblance.vector;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Opens an index from its directory, or checks that it could be: manifest first, then the files
 * that it names, segment by segment on as many threads as there are cores. Used once.
 */
final class SnapshotReader {
  private static final int THREADS_MAX = 16;

  private final IndexOptions configured;
  private final Kernels kernels;
  private final IndexDirectory directory;

  /** Codebooks by their numbers. */
  private final Map<Integer, Codebook> codebooks = new HashMap<>();

  SnapshotReader(IndexOptions configured, Kernels kernels, IndexDirectory directory) {
    this.configured = configured;
    this.kernels = kernels;
    this.directory = directory;
  }

  /** Reads and checks all but the vectors, without changing anything; see {@link #open}. */
  static SnapshotHeader verify(IndexDirectory directory) throws IOException {
    Manifest manifest = directory.readManifest();
    IndexOptions options =
        new IndexOptions(manifest.header().dimension(), manifest.rowsPerSegment());
    SnapshotReader reader = new SnapshotReader(options, Kernels.scalar(), directory);
    reader.readCodebooks(manifest);
    inParallel(
        manifest.segments().size(),
        number -> {
          reader.verify(manifest, options, number);
          return number;
        });
    return manifest.header();
  }

  private void verify(Manifest manifest, IndexOptions options, int number) throws IOException {
    SegmentRows rows = SegmentRows.read(directory, manifest, number);
    try (Arena arena = Arena.ofShared()) {
      Path vectors = directory.vectors(number);
      MemorySegment _ = directory.mapTo(vectors, RowSegment.vectorBytes(options), false, arena);
      Codebook codebook = codebookOf(manifest, number, rows);
      if (codebook != null) {
        Path file = codesFile(manifest, number);
        long bytes = RowCodes.bytes(codebook, options.rowsPerSegment());
        MemorySegment codes = directory.mapTo(file, bytes, false, arena);
        CodeChecksums checksums =
            new CodeChecksums(new CodeLayout(codebook, options.rowsPerSegment()));
        for (int block = 0; block < rows.named().length; block++) {
          if (checksums.of(codes, block, rows.coded()[block]) != rows.codeChecksums()[block]) {
            throw tornCodes(file, block);
          }
        }
      }
    }
  }

  /** See {@link VectorIndex#open}. */
  VectorIndex open() throws IOException {
    Manifest manifest;
    try {
      manifest = directory.readManifest();
    } catch (NoSuchFileException e) {
      directory.deleteAllBut(Set.of());
      return new VectorIndex(configured, kernels, directory, 0);
    }
    int dimension = manifest.header().dimension();
    if (dimension != configured.dimension()) {
      throw new ForeignSnapshotException(
          directory.manifest(),
          "its vectors have %d dimensions, the index's %d"
              .formatted(dimension, configured.dimension()));
    }
    directory.adopt(manifest);
    readCodebooks(manifest);
    IndexOptions options = new IndexOptions(dimension, manifest.rowsPerSegment());
    int rowsExpected = (int) Math.min(manifest.header().rows(), 1 << 30);
    VectorIndex index = new VectorIndex(options, kernels, directory, rowsExpected);
    RowSegment[] segments = new RowSegment[manifest.segments().size()];
    try {
      inParallel(
          segments.length,
          number -> {
            segments[number] = read(index, manifest, number);
            return number;
          });
      finish(index, manifest, segments);
      return index;
    } catch (IOException | RuntimeException | Error e) {
      index.close();
      for (RowSegment segment : segments) {
        if (segment != null) {
          segment.release();
        }
      }
      throw e;
    }
  }

  private void readCodebooks(Manifest manifest) throws IOException {
    for (Manifest.NamedCodebook named : manifest.codebooks()) {
      Codebook codebook = CodebookFile.read(directory, named, manifest.header().dimension());
      codebooks.put(named.generation(), codebook);
      directory.adopt(codebook, named.generation());
    }
  }

  private RowSegment read(VectorIndex index, Manifest manifest, int number) throws IOException {
    SegmentRows rows = SegmentRows.read(directory, manifest, number);
    IndexOptions options = index.options();
    SegmentMemory vectors =
        directory.map(directory.vectors(number), RowSegment.vectorBytes(options));
    RowSegment segment =
        new RowSegment(
            number,
            options,
            vectors,
            index.table().damage(),
            rows,
            encoded(rows, rows.tenants(), index.table().tenants()),
            encoded(rows, rows.categories(), index.table().categories()));
    try {
      segment.wipeVectorsOfFreeSlots();
      Codebook codebook = codebookOf(manifest, number, rows);
      if (codebook != null) {
        segment.publishCodes(readCodes(manifest, number, rows, codebook));
      }
      long first = (long) number * options.rowsPerSegment();
      for (int slot = 0; slot < options.rowsPerSegment(); slot++) {
        if (rows.isNamed(slot)
            && index.table().slotsById().put(segment.id(slot), first + slot) != null) {
          throw new TornSnapshotException(
              directory.rows(number, manifest.segments().get(number).rowsGeneration()),
              "row '" + segment.id(slot) + "' is in the snapshot twice");
        }
      }
      return segment;
    } catch (IOException | RuntimeException | Error e) {
      segment.release();
      throw e;
    }
  }

  private RowCodes readCodes(Manifest manifest, int number, SegmentRows rows, Codebook codebook)
      throws IOException {
    Path file = codesFile(manifest, number);
    SegmentMemory memory = directory.map(file, RowCodes.bytes(codebook, manifest.rowsPerSegment()));
    try {
      CodeChecksums checksums =
          new CodeChecksums(new CodeLayout(codebook, manifest.rowsPerSegment()));
      for (int block = 0; block < rows.named().length; block++) {
        long coded = rows.coded()[block];
        if (!checksums.restore(memory.bytes(), block, coded, rows.codeChecksums()[block])) {
          throw tornCodes(file, block);
        }
      }
      RowCodes codes = new RowCodes(codebook, manifest.rowsPerSegment(), memory);
      if (codes.boundsLength() != rows.codeBounds().length) {
        throw new TornSnapshotException(file, "its bounds are of another codebook");
      }
      codes.restore(new RowCodes.State(rows.coded(), rows.codeBounds(), 0));
      return codes;
    } catch (IOException | RuntimeException | Error e) {
      memory.release();
      throw e;
    }
  }

  private Path codesFile(Manifest manifest, int number) {
    return directory.codes(number, manifest.segments().get(number).codebookGeneration());
  }

  private static TornSnapshotException tornCodes(Path file, int block) {
    return new TornSnapshotException(file, "the checksum of block " + block + " is wrong");
  }

  private @Nullable Codebook codebookOf(Manifest manifest, int number, SegmentRows rows)
      throws IOException {
    int generation = manifest.segments().get(number).codebookGeneration();
    Codebook codebook = codebooks.get(generation);
    boolean coded = generation != Manifest.NO_CODES;
    if (coded != (codebook != null) || coded != (rows.codeChecksums().length > 0)) {
      throw new TornSnapshotException(
          directory.manifest(), "the codebook of segment " + number + " is not in it");
    }
    return codebook;
  }

  /** Turns a file's own numbers of strings into those of the index. */
  private static int[] encoded(SegmentRows rows, int[] numbers, StringDictionary dictionary) {
    String[] strings = rows.strings();
    int[] codes = new int[strings.length];
    boolean[] known = new boolean[strings.length];
    int[] encoded = new int[numbers.length];
    for (int slot = 0; slot < numbers.length; slot++) {
      if (rows.isNamed(slot)) {
        int number = numbers[slot];
        if (!known[number]) {
          known[number] = true;
          synchronized (dictionary) { // has one writer at a time
            codes[number] = dictionary.encode(strings[number]);
          }
        }
        encoded[slot] = codes[number];
      }
    }
    return encoded;
  }

  private void finish(VectorIndex index, Manifest manifest, RowSegment[] segments)
      throws IOException {
    directory.deleteAllBut(manifest.files(directory));
    List<Long> free = new ArrayList<>();
    List<Snapshots.Written> written = new ArrayList<>();
    for (RowSegment segment : segments) {
      int rows = 0;
      long first = (long) segment.number() * manifest.rowsPerSegment();
      for (int block = 0; block < segment.blocks(); block++) {
        long occupied = segment.occupied(block);
        rows += Long.bitCount(occupied);
        for (long left = ~occupied; left != 0; left &= left - 1) {
          long slot =
              first + (long) block * RowSegment.ROWS_PER_BLOCK + Long.numberOfTrailingZeros(left);
          if (slot < manifest.slotsUsed()) {
            free.add(slot);
          }
        }
      }
      written.add(
          new Snapshots.Written(
              manifest.segments().get(segment.number()),
              rows,
              manifest.header().sequence(),
              segment.codes(),
              0));
    }
    Map<Codebook, Manifest.NamedCodebook> named = new HashMap<>();
    manifest
        .codebooks()
        .forEach(one -> {
          Codebook codebook = codebooks.get(one.generation());
          if (codebook != null) {
            named.put(codebook, one);
          }
        });
    index.restore(segments, manifest, free, written, named);
  }

  /** Something to do for one segment. */
  @FunctionalInterface
  private interface SegmentTask<T> {
    T run(int number) throws IOException;
  }

  private static <T> void inParallel(int count, SegmentTask<T> task) throws IOException {
    int threads = Math.clamp(count, 1, processors());
    List<Future<T>> running = new ArrayList<>();
    try (ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("vector-index-open-", 0).daemon().factory())) {
      for (int number = 0; number < count; number++) {
        int segment = number;
        running.add(pool.submit(() -> task.run(segment)));
      }
      for (Future<T> one : running) {
        await(one, pool);
      }
    }
  }

  private static int processors() {
    return Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors());
  }

  private static void await(Future<?> one, ExecutorService pool) throws IOException {
    try {
      one.get();
    } catch (ExecutionException e) {
      pool.shutdownNow(); // what has begun ends, nothing more begins
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      pool.shutdownNow(); // what has begun ends, nothing more begins
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a snapshot was read");
    }
  }
}
