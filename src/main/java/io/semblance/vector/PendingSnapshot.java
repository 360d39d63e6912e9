package io.semblance.vector;

import io.semblance.vector.CodeLayout.Range;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An index's state at one moment, held until it is closed. Any one thread may write it to the
 * index's directory while the index goes on being changed and searched. Close it soon: it keeps old
 * rows' slots from reuse.
 *
 * <p>The order of the steps makes a crash at any point leave the old snapshot or the new one:
 *
 * <ol>
 *   <li>Segments for whose files there was no room so far are moved into files.
 *   <li>Changed ranges of the mapped files are made durable. The last manifest names none of the
 *       slots that changed ({@link SlotLifeCycle}), so it stays good.
 *   <li>New files get what else changed: rows of segments, codebooks. Nothing names them yet.
 *   <li>The directory is made durable, then the new manifest takes the old one's name, then the
 *       directory is made durable again. From the middle one of these on the new snapshot holds.
 *   <li>Files that only the old manifest named are deleted, and slots of rows that only it named
 *       are wiped once no search looks at them.
 * </ol>
 */
public final class PendingSnapshot implements AutoCloseable {
  private static final Logger LOG = System.getLogger(PendingSnapshot.class.getName());

  /** How long to wait for searches that look at deleted rows, which are then wiped later. */
  private static final Duration FORGET_WAIT_MAX = Duration.ofSeconds(10);

  private static final long FORGET_PAUSE_NANOS = 200_000;

  private final VectorIndex index;
  private final Snapshots snapshots;
  private final IndexDirectory directory;
  private final Map<String, String> attributes;
  private final long sequence;
  private final long codeChanges;
  private final long slotsUsed;
  private final List<RowSegment> segments;
  private final Runnable leave;

  private final List<Path> rowsFiles = new ArrayList<>();
  private final Map<Codebook, Manifest.NamedCodebook> codebooks = new LinkedHashMap<>();
  private long bytes;
  private boolean begun;
  private boolean left;
  private boolean closed;

  PendingSnapshot(
      VectorIndex index,
      Snapshots snapshots,
      Map<String, String> attributes,
      long slotsUsed,
      Runnable leave) {
    this.index = index;
    this.snapshots = snapshots;
    this.directory = snapshots.directory();
    this.attributes = Map.copyOf(attributes);
    this.sequence = index.sequence();
    this.codeChanges = index.codeChanges();
    this.slotsUsed = slotsUsed;
    this.segments = List.of(index.segments());
    this.leave = leave;
  }

  /** Returns the sequence number as of which the snapshot is. */
  public long sequence() {
    return sequence;
  }

  /** Returns the {@link VectorIndex#codeChanges} that the snapshot has, and perhaps later ones. */
  public long codeChanges() {
    return codeChanges;
  }

  /**
   * Writes the snapshot, once: what has changed since the last one. After a failure or crash at any
   * point the directory holds the old one or this one.
   *
   * @return how many bytes were written
   * @throws IOException if it cannot be written; the message says what to do
   * @throws DamagedRowException if the index's files are damaged
   */
  public long write() throws IOException {
    if (closed || begun) {
      throw new IllegalStateException("the pending snapshot is closed, or was written already");
    }
    begun = true;
    index
        .damage()
        .ifPresent(damage -> {
          throw damage;
        });
    List<Snapshots.Written> written = new ArrayList<>();
    Manifest manifest;
    boolean replacing = false;
    try {
      Files.createDirectories(directory.path());
      for (RowSegment segment : segments) {
        written.add(write(segment));
      }
      manifest = manifest(written);
      ByteBuffer encoded = manifest.encode();
      bytes += encoded.remaining();
      directory.files().write(directory.temporaryManifest(), encoded);
      directory.files().forceDirectory(directory.path());
      replacing = true;
      snapshots.replacing(sequence);
      directory.files().replace(directory.temporaryManifest(), directory.manifest());
      directory.files().forceDirectory(directory.path());
    } catch (IOException | RuntimeException | Error e) {
      if (!replacing) {
        deleteUnnamed(e);
      }
      throw e;
    }
    snapshots.durable(sequence, written, codebooks.keySet());
    directory.deleteAllBut(manifest.files(directory));
    leave();
    forget();
    directory.deleteAllBut(manifest.files(directory)); // what readers still had mapped
    return bytes;
  }

  private Manifest manifest(List<Snapshots.Written> written) {
    return new Manifest(
        new SnapshotHeader(
            index.options().dimension(),
            written.stream().mapToLong(Snapshots.Written::rows).sum(),
            sequence,
            attributes),
        index.options().rowsPerSegment(),
        slotsUsed,
        List.copyOf(codebooks.values()),
        written.stream().map(Snapshots.Written::named).toList());
  }

  /** Gives files to memory that has none since there was no room for them. */
  private void moveIntoFiles(RowSegment segment) throws IOException {
    if (!segment.memory().isMapped()) {
      SegmentMemory file = create(directory.vectors(segment.number()), segment.memory().size());
      orRelease(
          file,
          () -> {
            SegmentMemory replaced = segment.moveTo(file);
            index.retireMemory(replaced::release);
          });
    }
    RowCodes codes = segment.codes();
    if (codes != null && !codes.memory().isMapped()) {
      Path path = directory.codes(segment.number(), directory.generation(codes.codebook()));
      SegmentMemory file = create(path, codes.memory().size());
      orRelease(
          file,
          () -> {
            index.pendingCodes().flush(); // it may hold the codes that are replaced
            if (segment.codes() == codes) {
              segment.replaceCodes(codes.copyTo(file, index.options().rowsPerSegment()));
              index.retireMemory(codes::release);
            } else { // newer ones have taken their place
              file.release();
            }
          });
    }
  }

  private SegmentMemory create(Path file, long size) throws IOException {
    try {
      return directory.create(file, size);
    } catch (IOException e) {
      throw new IOException(
          ("there is no room for %s of %d bytes (%s): the rows in it are in memory alone, and no"
                  + " snapshot can be written until there is. Make room on the disk")
              .formatted(file, size, e),
          e);
    }
  }

  private void orRelease(SegmentMemory file, Runnable use) {
    try {
      index.whileRowsRest(use);
    } catch (IndexClosedException e) {
      file.release();
      throw e;
    }
  }

  /**
   * A segment's memory at one moment.
   *
   * @param dirty blocks that have changed since they were last forced
   * @param state of the codes
   */
  private record Held(
      SegmentMemory vectors,
      @Nullable RowCodes codes,
      BitSet dirty,
      RowCodes.@Nullable State state) {
    /** Returns how many codes have ever been stored. */
    long stored() {
      return state == null ? 0 : state.stored();
    }
  }

  /** Holds memory that is mapped: the learner may show codes without a file at any time. */
  private Held holdMapped(RowSegment segment) throws IOException {
    while (true) {
      moveIntoFiles(segment);
      Held held = hold(segment);
      if (held.vectors().isMapped() && (held.codes() == null || held.codes().memory().isMapped())) {
        return held;
      }
      index.whileRowsRest(() -> segment.dirtyBlocks().giveBack(held.dirty()));
    }
  }

  private Held hold(RowSegment segment) {
    Held[] held = new Held[1];
    index.whileRowsRest(() -> {
      RowCodes codes = segment.codes();
      RowCodes.State state = codes == null ? null : codes.state();
      held[0] = new Held(segment.memory(), codes, segment.dirtyBlocks().take(), state);
    });
    return held[0];
  }

  private Snapshots.Written write(RowSegment segment) throws IOException {
    Held held = holdMapped(segment);
    force(segment, held);
    Codebook codebook = held.codes() == null ? null : held.codes().codebook();
    if (codebook != null && !codebooks.containsKey(codebook)) {
      codebooks.put(codebook, named(codebook));
    }
    Snapshots.Written last = snapshots.written(segment.number());
    if (last != null
        && segment.lastChange() <= last.upTo()
        && last.codes() == held.codes()
        && last.stored() == held.stored()) {
      return last;
    }
    return writeRows(segment, held, codebook);
  }

  private void force(RowSegment segment, Held held) throws IOException {
    try {
      int blocks = segment.blocks();
      long length = held.vectors().size();
      BitSet dirty = held.dirty();
      int first = Math.max(0, dirty.nextSetBit(0));
      bytes +=
          force(
              held.vectors(),
              dirty,
              new Range(first * (length / blocks), (dirty.length() - first) * (length / blocks)));
      if (held.codes() != null) {
        CodeLayout layout = held.codes().layout();
        bytes += force(held.codes().memory(), dirty, layout.ranges(first, dirty.length()));
      }
    } catch (IOException | RuntimeException | Error e) {
      index.whileRowsRest(() -> segment.dirtyBlocks().giveBack(held.dirty()));
      throw e;
    }
  }

  /**
   * Forces the ranges from the first changed block to the last: clean pages between cost nothing.
   *
   * @return about how many bytes of them had changed
   */
  private static long force(SegmentMemory memory, BitSet dirty, Range... ranges)
      throws IOException {
    if (memory.isNew()) {
      return memory.force(0, memory.size());
    }
    if (dirty.isEmpty()) {
      return 0;
    }
    long forced = 0;
    for (Range range : ranges) {
      forced += memory.force(range.offset(), range.length());
    }
    return forced * dirty.cardinality() / (dirty.length() - dirty.nextSetBit(0));
  }

  private Manifest.NamedCodebook named(Codebook codebook) throws IOException {
    Manifest.NamedCodebook known = snapshots.written(codebook);
    if (known != null) {
      return known;
    }
    int generation = directory.generation(codebook);
    ByteBuffer file = CodebookFile.encode(codebook);
    Manifest.NamedCodebook named =
        new Manifest.NamedCodebook(generation, file.remaining(), checksum(file));
    bytes += file.remaining();
    directory.files().write(directory.codebook(generation), file);
    snapshots.written(codebook, named);
    return named;
  }

  private Snapshots.Written writeRows(RowSegment segment, Held held, @Nullable Codebook codebook)
      throws IOException {
    long[] visible = new long[segment.blocks()];
    int rows = 0;
    for (int block = 0; block < visible.length; block++) {
      visible[block] = segment.visible(block, sequence);
      rows += Long.bitCount(visible[block]);
    }
    ByteBuffer file =
        SegmentRows.encode(
            segment,
            visible,
            index.table().tenants()::decode,
            index.table().categories()::decode,
            held.codes() == null || held.state() == null
                ? null
                : new SegmentRows.CodeState(held.codes(), held.state()));
    int generation = directory.nextRows();
    Manifest.NamedSegment named =
        new Manifest.NamedSegment(
            generation,
            file.remaining(),
            checksum(file),
            codebook == null ? Manifest.NO_CODES : directory.generation(codebook));
    bytes += file.remaining();
    Path path = directory.rows(segment.number(), generation);
    rowsFiles.add(path);
    directory.files().write(path, file);
    return new Snapshots.Written(named, rows, sequence, held.codes(), held.stored());
  }

  /** Returns the checksum with which a file ends. */
  private static int checksum(ByteBuffer file) {
    return file.getInt(file.limit() - Integer.BYTES);
  }

  private void deleteUnnamed(Throwable cause) {
    List<Path> unnamed = new ArrayList<>(rowsFiles);
    unnamed.add(directory.temporaryManifest());
    for (Path file : unnamed) {
      try {
        directory.files().delete(file);
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  /** Wipes the rows that this snapshot has forgotten, when no search looks at them any more. */
  private void forget() {
    long deadline = System.nanoTime() + FORGET_WAIT_MAX.toNanos();
    try {
      while (!index.forget()) {
        if (System.nanoTime() - deadline > 0) {
          LOG.log(
              Level.WARNING,
              "a search still runs {0} after the snapshot; deleted rows are wiped after it",
              FORGET_WAIT_MAX);
          return;
        }
        LockSupport.parkNanos(FORGET_PAUSE_NANOS);
      }
    } catch (IndexClosedException e) {
      LOG.log(Level.DEBUG, "the index was closed; its next opening wipes deleted rows");
    }
  }

  private void leave() {
    if (!left) {
      left = true;
      leave.run();
    }
  }

  /** Lets the index reuse the slots of rows that changed meanwhile. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      leave();
      snapshots.closed();
    }
  }
}
