package io.semblance.store;

import io.semblance.vector.IndexDirectory;
import io.semblance.vector.PendingSnapshot;
import io.semblance.vector.SnapshotException;
import io.semblance.vector.SnapshotHeader;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when a store's snapshot is written, writes it on a thread of its own, and says which
 * offsets are safe in it.
 *
 * <p>A snapshot may be taken at any moment, before the task commits too: the index holds only what
 * its topic holds, and the topic's records are committed. A snapshot ahead of the task's committed
 * offsets means that some records come again, which the store ignores.
 *
 * <p>The methods are called by the store's one writer, except {@link #outcome}.
 */
final class SnapshotKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** How often an unchanged snapshot's age is set back. */
  private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

  /**
   * Manifests whose snapshots this process knows to be whole, by the time of their last change:
   * Streams opens a store twice at its start, and one look is enough.
   */
  private static final ConcurrentHashMap<Path, FileTime> VERIFIED = new ConcurrentHashMap<>();

  /** What became of the snapshots; replaced as a whole by the thread that writes them. */
  record Outcome(
      long written,
      Optional<Instant> lastWritten,
      long bytes,
      long millis,
      long failures,
      Optional<String> lastFailure) {}

  private final String shard;
  private final Path directory;
  private final Path file;
  private final IndexStoreOptions options;
  private volatile Outcome outcome = new Outcome(0, Optional.empty(), 0, 0, 0, Optional.empty());
  private volatile Map<TopicPartition, Long> durable = Map.of();
  private volatile boolean exists;
  private volatile long coveredSequence;
  private volatile long coveredCodeChanges;
  private @Nullable Thread writer;
  private long lastAttemptNanos = System.nanoTime();
  private long lastTouchNanos = System.nanoTime();

  /**
   * @param shard which shard of which store it is, for people
   */
  SnapshotKeeper(String shard, Path directory, IndexStoreOptions options) {
    this.shard = shard;
    this.directory = directory.toAbsolutePath();
    this.file = IndexDirectory.manifestOf(this.directory);
    this.options = options;
  }

  /** What a usable snapshot says. */
  record Found(AppliedOffsets offsets, long sequence) {}

  /**
   * Looks at the snapshot's manifest and, the first time, at all it names but the vectors: later is
   * too late, since Streams asks for the offsets next and takes an error while restoring as fatal.
   * One that is torn, foreign or too old is deleted, with a log line, so that the index is rebuilt
   * from the topic.
   *
   * @throws IndexMismatchException if it is of another model or dimension
   */
  Optional<Found> find() throws IOException {
    SnapshotHeader header;
    FileTime current;
    try {
      FileTime verified = VERIFIED.get(file);
      header =
          verified != null && verified.equals(Files.getLastModifiedTime(file))
              ? SnapshotHeader.read(directory)
              : SnapshotHeader.readAndVerify(directory);
      current = Files.getLastModifiedTime(file);
      VERIFIED.put(file, current);
    } catch (NoSuchFileException e) {
      if (IndexDirectory.lacksManifest(directory)) {
        discard(
            file
                + " is missing beside other files of the index: it was deleted, or the service"
                + " ended before its first snapshot");
      }
      return Optional.empty();
    } catch (SnapshotException e) {
      discard(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    checkModel(header);
    Duration age = Duration.between(current.toInstant(), Instant.now());
    if (age.compareTo(options.snapshotAgeMax()) > 0) {
      discard(
          "it fell behind its topic %s ago, more than the %s allowed"
              .formatted(age, options.snapshotAgeMax()));
      return Optional.empty();
    }
    AppliedOffsets offsets = AppliedOffsets.fromAttributes(header.attributes());
    durable = offsets.toMap();
    coveredSequence = header.sequence();
    exists = true;
    return Optional.of(new Found(offsets, header.sequence()));
  }

  private void checkModel(SnapshotHeader header) {
    SnapshotModel found = SnapshotModel.of(header);
    if (!found.isSameAs(options.model())) {
      throw new IndexMismatchException(
          "the index in %s holds vectors of %s, but this service runs %s; vectors of two models cannot be compared: run the former model, or delete this directory of each shard and upload the images again"
              .formatted(directory, found, options.model()));
    }
  }

  /** Opens the index: as the snapshot has it that {@link #find()} found, or an empty one. */
  VectorIndex load() throws IOException {
    VectorIndex.warmUp(options.index().dimension());
    long started = System.nanoTime();
    VectorIndex index = VectorIndex.open(options.index(), directory);
    long opened = System.nanoTime();
    VectorIndex.awaitWarmUp(options.index().dimension(), started);
    if (!exists) {
      return index;
    }
    LOG.info(
        "{} read {} rows from its snapshot in {} ms, then waited {} ms for the search kernels to warm"
            + " up",
        shard,
        index.statistics().liveRows(),
        (opened - started) / NANOS_PER_MILLI,
        (System.nanoTime() - opened) / NANOS_PER_MILLI);
    int kept = index.options().rowsPerSegment();
    if (kept != options.index().rowsPerSegment()) {
      LOG.info(
          "{} keeps segments of {} rows, with which its directory was made:"
              + " semblance.index.rows-per-segment = {} counts for new directories only",
          shard,
          kept,
          options.index().rowsPerSegment());
    }
    return index;
  }

  /** Deletes the snapshot; what is in it comes from the topic again. */
  void discard(String reason) {
    LOG.warn("{} is rebuilt from its topic, by itself: {}", shard, reason);
    awaitWriter();
    VERIFIED.remove(file);
    exists = false;
    durable = Map.of();
    coveredSequence = 0;
    coveredCodeChanges = 0;
    try {
      IndexDirectory.discard(directory);
    } catch (IOException e) {
      throw new IllegalStateException("cannot delete the unusable snapshot in " + directory, e);
    }
  }

  @Nullable Long durableOffset(TopicPartition partition) {
    return durable.get(partition);
  }

  long changesSince(long sequence) {
    return sequence - coveredSequence;
  }

  /** Codes come into being while no row changes, and to make them again takes time. */
  private boolean hasNewCodes(VectorIndex index) {
    return index.codeChanges() != coveredCodeChanges;
  }

  /** Starts a snapshot if one is due; cheap if not. */
  void writeIfDue(VectorIndex index, AppliedOffsets offsets) {
    long changes = changesSince(index.sequence());
    boolean newCodes = hasNewCodes(index);
    if (changes == 0 && !newCodes && exists) {
      if (System.nanoTime() - lastTouchNanos >= TOUCH_INTERVAL.toNanos()) {
        touch();
      }
      return;
    }
    long waited = System.nanoTime() - lastAttemptNanos;
    boolean due =
        newCodes || changes >= options.snapshotChangesMin()
            ? waited >= options.snapshotIntervalMin().toNanos()
            : waited >= options.snapshotIntervalMax().toNanos();
    if (due && (writer == null || !writer.isAlive())) {
      start(index, offsets);
    }
  }

  /** Writes what the snapshot lacks, if anything, and waits until it is written or has failed. */
  void writeNow(VectorIndex index, AppliedOffsets offsets) {
    awaitWriter();
    boolean complete =
        changesSince(index.sequence()) == 0
            && !hasNewCodes(index)
            && durable.equals(offsets.toMap());
    if (exists && complete) {
      touch();
    } else if (!offsets.isEmpty()) {
      start(index, offsets);
      awaitWriter();
    }
  }

  private void start(VectorIndex index, AppliedOffsets offsets) {
    lastAttemptNanos = System.nanoTime();
    Map<String, String> attributes = new TreeMap<>(offsets.toAttributes());
    attributes.putAll(options.model().toAttributes());
    PendingSnapshot pending = index.prepareSnapshot(attributes);
    Map<TopicPartition, Long> covered = offsets.toMap();
    try {
      writer =
          Thread.ofPlatform()
              .name("snapshot of " + shard)
              .daemon()
              .start(() -> write(pending, covered));
    } catch (RuntimeException | Error e) { // no thread to be had: the next attempt may find one
      pending.close();
      throw e;
    }
  }

  private void write(PendingSnapshot pending, Map<TopicPartition, Long> covered) {
    long started = System.nanoTime();
    try (pending) {
      long bytes = pending.write();
      VERIFIED.put(file, Files.getLastModifiedTime(file));
      coveredSequence = pending.sequence();
      coveredCodeChanges = pending.codeChanges();
      durable = covered;
      exists = true;
      long millis = (System.nanoTime() - started) / NANOS_PER_MILLI;
      Outcome last = outcome;
      outcome =
          new Outcome(
              last.written() + 1,
              Optional.of(Instant.now()),
              bytes,
              millis,
              last.failures(),
              Optional.empty());
      LOG.debug("{} wrote {} bytes of a snapshot in {} ms", shard, bytes, millis);
    } catch (IOException | RuntimeException e) {
      Outcome last = outcome;
      outcome =
          new Outcome(
              last.written(),
              last.lastWritten(),
              last.bytes(),
              last.millis(),
              last.failures() + 1,
              Optional.of(e.toString()));
      LOG.error(
          "{} could not write its snapshot in {}; the service goes on, the old snapshot is kept"
              + " and another attempt follows in {}. Is the disk full or not writable?",
          shard,
          directory,
          options.snapshotIntervalMin(),
          e);
    }
  }

  /** Notes that the unchanged snapshot is still up to date with its topic. */
  private void touch() {
    lastTouchNanos = System.nanoTime();
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      VERIFIED.put(file, Files.getLastModifiedTime(file));
    } catch (IOException e) {
      LOG.warn("{} cannot set the time of its snapshot {}: {}", shard, file, e.toString());
    }
  }

  /** Waits until no snapshot is being written. */
  void awaitWriter() {
    boolean interrupted = false;
    while (writer != null && writer.isAlive()) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Outcome outcome() {
    return outcome;
  }
}
