package io.semblance.vector;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What of an index its directory holds already, so that a snapshot writes only the rest.
 *
 * <p>The writer prepares a snapshot, one at a time; any one thread then writes it, and all that
 * changes here meanwhile is that thread's.
 */
final class Snapshots {
  /**
   * A segment as the last durable manifest names it.
   *
   * @param rows of the snapshot in it
   * @param upTo the sequence number as of which its file of rows is
   * @param codes whose bounds and checksums are in that file
   * @param stored how many codes had been stored by then
   */
  record Written(
      Manifest.NamedSegment named, int rows, long upTo, @Nullable RowCodes codes, long stored) {}

  private final VectorIndex index;
  private final IndexDirectory directory;
  private final AtomicBoolean pending = new AtomicBoolean();
  private final Map<Codebook, Manifest.NamedCodebook> codebooks = new HashMap<>();
  private List<Written> segments = List.of();

  /** Of the last manifest that may be in place; the durable one is not newer. */
  private long named;

  Snapshots(VectorIndex index, IndexDirectory directory) {
    this.index = index;
    this.directory = directory;
  }

  /** Takes over what an index was opened from. */
  void restore(
      Manifest manifest, List<Written> written, Map<Codebook, Manifest.NamedCodebook> read) {
    named = manifest.header().sequence();
    segments = List.copyOf(written);
    codebooks.putAll(read);
  }

  /** Holds the index's state; the writer, between changes. */
  PendingSnapshot prepare(Map<String, String> attributes) {
    Manifest.checkAttributes(attributes);
    if (!pending.compareAndSet(false, true)) {
      throw new IllegalStateException("the last snapshot that was prepared is not closed yet");
    }
    try {
      int reader = index.enter();
      index.whileRowsRest(() -> {
        index.pendingCodes().flush();
        index.table().slots().claim(index.sequence());
      });
      return new PendingSnapshot(
          index,
          this,
          attributes,
          index.table().slots().used(),
          () -> index.readers().leave(reader));
    } catch (RuntimeException | Error e) {
      pending.set(false);
      throw e;
    }
  }

  IndexDirectory directory() {
    return directory;
  }

  /** Returns what the last durable manifest says of a segment; null if nothing. */
  @Nullable Written written(int segment) {
    return segment < segments.size() ? segments.get(segment) : null;
  }

  /** Returns a codebook's file; null if it has none yet. */
  Manifest.@Nullable NamedCodebook written(Codebook codebook) {
    return codebooks.get(codebook);
  }

  void written(Codebook codebook, Manifest.NamedCodebook file) {
    codebooks.put(codebook, file);
  }

  /** Notes that a manifest is about to take its place: from now on it may be there. */
  void replacing(long sequence) {
    named = sequence;
  }

  /** Notes that a manifest is durable. */
  void durable(long sequence, List<Written> written, Set<Codebook> used) {
    segments = List.copyOf(written);
    codebooks.keySet().retainAll(used);
    index.whileRowsRest(() -> index.table().slots().durable(sequence));
  }

  /** Ends the one that is prepared. */
  void closed() {
    try {
      index.whileRowsRest(() -> index.table().slots().unclaim(named));
    } catch (IndexClosedException e) {
      // No slot is used again.
    } finally {
      pending.set(false);
    }
  }
}
