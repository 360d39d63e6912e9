package io.semblance.vector;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of an index: the memory of its segments as mapped files, and its last snapshot.
 *
 * <pre>
 *   segment-000012.vectors   float32 rows of segment 12, mapped, written in place
 *   segment-000012.codes-3   their codes by codebook 3, mapped, written in place
 *   segment-000012.rows-57   all else about them as of some snapshot, see {@link SegmentRows}
 *   codebook-3               see {@link CodebookFile}
 *   manifest                 which of these make up the last snapshot, see {@link Manifest}
 * </pre>
 *
 * <p>Files that are not mapped are never changed: a newer state has a newer number. What no
 * manifest names and nothing maps is deleted after a checkpoint, and when the directory is opened.
 *
 * <p>At most one index may be open in a directory; who owns the directory sees to that. For any
 * number of threads.
 */
public final class IndexDirectory {
  private static final Logger LOG = System.getLogger(IndexDirectory.class.getName());
  private static final String MANIFEST = "manifest";
  private static final String TEMPORARY = "manifest.tmp";

  /** The one file of a snapshot, of versions of this program before directories. */
  private static final String OLD_SNAPSHOT = "index.snapshot";

  private static final Pattern OURS =
      Pattern.compile(
          "manifest(\\.tmp)?|codebook-\\d+|segment-\\d{6,}\\.(vectors|codes-\\d+|rows-\\d+)"
              + "|index\\.snapshot(\\.tmp)?");

  private final Path directory;
  private final FileOperations files;
  private final Set<Path> mapped = ConcurrentHashMap.newKeySet();
  private final Map<Codebook, Integer> codebooks = new HashMap<>();
  private final AtomicInteger lastCodebook = new AtomicInteger(Manifest.NO_CODES);
  private final AtomicInteger lastRows = new AtomicInteger();
  private volatile boolean full;

  IndexDirectory(Path directory, FileOperations files) {
    this.directory = directory.toAbsolutePath();
    this.files = files;
  }

  /** Returns the file whose presence makes a snapshot of a directory, whose time is its own. */
  public static Path manifestOf(Path directory) {
    return directory.resolve(MANIFEST);
  }

  /**
   * Deletes all files of an index, and the directory if nothing else is in it. An index that is
   * still open there goes on in memory, and must be closed without another snapshot.
   *
   * @throws IOException if a file cannot be deleted
   */
  public static void discard(Path directory) throws IOException {
    FileOperations files = new FileOperations();
    // First, so that what a crash leaves is no snapshot.
    files.delete(manifestOf(directory));
    new IndexDirectory(directory, files).delete(Set.of());
    if (Files.isDirectory(directory) && files.list(directory).findAny().isEmpty()) {
      files.delete(directory);
    }
  }

  /**
   * Returns whether a directory has files of an index but no manifest to say which of them make up
   * a snapshot: it was deleted, or the index was ended before its first snapshot.
   *
   * @throws IOException if the directory cannot be read
   */
  public static boolean lacksManifest(Path directory) throws IOException {
    if (!Files.isDirectory(directory) || Files.exists(manifestOf(directory))) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> OURS.matcher(file.getFileName().toString()).matches());
    }
  }

  FileOperations files() {
    return files;
  }

  Path path() {
    return directory;
  }

  Path manifest() {
    return directory.resolve(MANIFEST);
  }

  Path temporaryManifest() {
    return directory.resolve(TEMPORARY);
  }

  Path vectors(int segment) {
    return directory.resolve("segment-%06d.vectors".formatted(segment));
  }

  Path codes(int segment, int codebook) {
    return directory.resolve("segment-%06d.codes-%d".formatted(segment, codebook));
  }

  Path rows(int segment, int generation) {
    return directory.resolve("segment-%06d.rows-%d".formatted(segment, generation));
  }

  Path codebook(int generation) {
    return directory.resolve("codebook-" + generation);
  }

  /**
   * Reads the manifest.
   *
   * @throws NoSuchFileException if there is no snapshot
   * @throws ForeignSnapshotException if there is one in the form of older versions, for example
   */
  Manifest readManifest() throws IOException {
    try {
      return Manifest.read(files, manifest());
    } catch (NoSuchFileException e) {
      Path old = directory.resolve(OLD_SNAPSHOT);
      if (Files.exists(old)) {
        throw new ForeignSnapshotException(
            old, "an older version of this program wrote it, this one keeps a directory of files");
      }
      throw e;
    }
  }

  /** Takes over the numbers that a manifest uses, so that new files get others. */
  void adopt(Manifest manifest) {
    for (Manifest.NamedSegment one : manifest.segments()) {
      lastRows.accumulateAndGet(one.rowsGeneration(), Math::max);
    }
    for (Manifest.NamedCodebook one : manifest.codebooks()) {
      lastCodebook.accumulateAndGet(one.generation(), Math::max);
    }
  }

  /** Returns a number that no segment's rows had before. */
  int nextRows() {
    return lastRows.incrementAndGet();
  }

  /** Returns a codebook's number, which is its own as long as the index is open. */
  int generation(Codebook codebook) {
    synchronized (codebooks) {
      return codebooks.computeIfAbsent(codebook, key -> lastCodebook.incrementAndGet());
    }
  }

  /** Forgets the numbers of codebooks that a durable manifest does not name, but for the newest. */
  void keepCodebooks(Set<Codebook> named) {
    synchronized (codebooks) {
      codebooks
          .entrySet()
          .removeIf(one -> !named.contains(one.getKey()) && one.getValue() < lastCodebook.get());
    }
  }

  /** Notes the number under which a codebook was read. */
  void adopt(Codebook codebook, int generation) {
    synchronized (codebooks) {
      codebooks.put(codebook, generation);
    }
  }

  /**
   * Returns new memory for a segment's vectors or codes. Where there is no room for its file the
   * index goes on in memory alone, and the next snapshot tries again.
   */
  SegmentMemory allocate(Path file, long bytes) {
    try {
      SegmentMemory memory = create(file, bytes);
      full = false;
      return memory;
    } catch (ClosedByInterruptException e) { // the index is being closed
      return SegmentMemory.anonymous(bytes);
    } catch (IOException e) {
      LOG.log(
          full ? Level.DEBUG : Level.ERROR,
          "there is no room for {0} of {1} bytes ({2}): the index goes on in memory, but its"
              + " snapshots fail until there is; make room on the disk",
          file,
          Long.toString(bytes),
          e.toString());
      full = true;
      return SegmentMemory.anonymous(bytes);
    }
  }

  /**
   * Creates a file of zeros and maps it.
   *
   * @throws IOException if there is no room for it
   */
  SegmentMemory create(Path file, long bytes) throws IOException {
    Files.createDirectories(directory);
    return mapped(file, true, arena -> files.create(file, bytes, arena));
  }

  private SegmentMemory mapped(Path file, boolean isNew, SegmentMemory.Source<IOException> source)
      throws IOException {
    mapped.add(file);
    try {
      return SegmentMemory.ofFile(this, file, isNew, source);
    } catch (IOException | RuntimeException | Error e) {
      mapped.remove(file);
      throw e;
    }
  }

  /**
   * Maps a file that a manifest names.
   *
   * @throws TornSnapshotException if it is missing or of another length
   */
  SegmentMemory map(Path file, long bytes) throws IOException {
    return mapped(file, false, arena -> mapTo(file, bytes, true, arena));
  }

  /** Maps a file as {@link #map} does, perhaps only to be read, into an arena of the caller. */
  MemorySegment mapTo(Path file, long bytes, boolean writable, Arena arena) throws IOException {
    MemorySegment memory;
    try {
      memory = files.map(file, writable, arena);
    } catch (NoSuchFileException e) {
      throw new TornSnapshotException(file, "it is missing");
    }
    if (memory.byteSize() != bytes) {
      throw new TornSnapshotException(
          file, "it has %d bytes instead of %d".formatted(memory.byteSize(), bytes));
    }
    return memory;
  }

  /** Notes that a file's memory was released: it may be deleted unless a manifest names it. */
  void released(Path file) {
    mapped.remove(file);
  }

  /**
   * Deletes what is neither named nor mapped, of the names that an index gives alone. What cannot
   * be deleted is logged, and tried again at the next call.
   */
  void deleteAllBut(Set<Path> named) {
    try {
      delete(named);
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          "cannot delete what no snapshot needs any more in {0}, and tries again later: {1}",
          directory,
          e.toString());
    }
  }

  private void delete(Set<Path> named) throws IOException {
    List<Path> unnamed =
        files
            .list(directory)
            .filter(file -> OURS.matcher(file.getFileName().toString()).matches())
            .filter(file -> !named.contains(file) && !mapped.contains(file))
            .toList();
    for (Path file : unnamed) {
      files.delete(file);
    }
  }
}
