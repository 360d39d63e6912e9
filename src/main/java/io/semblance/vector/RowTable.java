package io.semblance.vector;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an index: its segments, which slot each id is in, and the memory they lie in.
 *
 * <p>Changed under the index's lock on rows; what any thread may call says so.
 */
final class RowTable {
  /** Memory out of use since a sequence number. */
  private record RetiredMemory(Runnable release, long since) {}

  private final IndexOptions options;
  private final @Nullable IndexDirectory directory;
  private final PendingCodes pendingCodes;
  private final DamageReport damage = new DamageReport();
  private final ConcurrentHashMap<String, Long> slotsById;
  private final SlotLifeCycle slots;
  private final StringDictionary tenants = new StringDictionary();
  private final StringDictionary categories = new StringDictionary();
  private final ArrayDeque<RetiredMemory> retiredMemory = new ArrayDeque<>();
  private volatile RowSegment[] segments = new RowSegment[0];

  /**
   * @param directory whose files the segments map; null for memory alone
   * @param rowsExpected for how many rows to make room
   * @param pendingCodes takes rows that need codes
   */
  RowTable(
      IndexOptions options,
      @Nullable IndexDirectory directory,
      int rowsExpected,
      PendingCodes pendingCodes) {
    this.options = options;
    this.pendingCodes = pendingCodes;
    this.directory = directory;
    this.slotsById = new ConcurrentHashMap<>(Math.max(16, rowsExpected));
    this.slots = new SlotLifeCycle(this::segment, options.rowsPerSegment());
  }

  /** Takes over what a snapshot holds; its ids are there already. */
  void restore(RowSegment[] restored, Manifest manifest, List<Long> freeSlots) {
    segments = restored;
    slots.restore(manifest.slotsUsed(), manifest.header().sequence(), freeSlots);
  }

  /**
   * Writes a row into a free slot and retires the one of the same id, if there is one.
   *
   * @param sequence at which the one is born and the other dies; to be published next
   * @param grown is told of a segment that had to be added, before anybody sees it
   */
  void put(IndexRow row, long sequence, Consumer<RowSegment> grown) {
    long slot = slots.take();
    if (slot == (long) segments.length * options.rowsPerSegment()) {
      grow(grown);
    }
    segment(slot)
        .write(
            within(slot),
            row,
            tenants.encode(row.tenant()),
            categories.encode(row.category()),
            sequence);
    RowCodes codes = segment(slot).codes();
    if (codes != null) {
      pendingCodes.add(segment(slot), within(slot), codes);
    }
    Long replaced = slotsById.put(row.id(), slot);
    if (replaced != null) {
      slots.retire(replaced, sequence);
    }
  }

  private void grow(Consumer<RowSegment> grown) {
    RowSegment[] current = segments;
    RowSegment[] longer = Arrays.copyOf(current, current.length + 1);
    RowSegment added =
        new RowSegment(current.length, options, memoryOfVectors(current.length), damage);
    grown.accept(added);
    longer[current.length] = added;
    segments = longer;
  }

  private SegmentMemory memoryOfVectors(int number) {
    long bytes = RowSegment.vectorBytes(options);
    return directory == null
        ? SegmentMemory.anonymous(bytes)
        : directory.allocate(directory.vectors(number), bytes);
  }

  /** Returns empty codes for a segment; any thread. */
  RowCodes newCodes(RowSegment segment, Codebook codebook) {
    long bytes = RowCodes.bytes(codebook, options.rowsPerSegment());
    SegmentMemory memory =
        directory == null
            ? SegmentMemory.anonymous(bytes)
            : directory.allocate(
                directory.codes(segment.number(), directory.generation(codebook)), bytes);
    return new RowCodes(codebook, options.rowsPerSegment(), memory);
  }

  /** Retires the row of an id at a sequence number to be published next; false if there is none. */
  boolean delete(String id, long sequence) {
    Long slot = slotsById.remove(id);
    if (slot == null) {
      return false;
    }
    slots.retire(slot, sequence);
    return true;
  }

  /** Notes memory that only searches running now may still look at. */
  void retireMemory(Runnable release, long since) {
    retiredMemory.add(new RetiredMemory(release, since));
  }

  boolean isReclaimable() {
    return slots.isReclaimable() || !retiredMemory.isEmpty();
  }

  /**
   * Moves slots and memory on that running readers no longer need.
   *
   * @param oldest see {@link ReaderRegistry#oldest}
   * @param now the sequence number of the last change
   */
  void reclaim(long oldest, long now) {
    pendingCodes.flush();
    slots.reclaim(oldest, now);
    for (RetiredMemory next = retiredMemory.peek();
        next != null && next.since() < oldest;
        next = retiredMemory.peek()) {
      retiredMemory.remove();
      next.release().run();
    }
  }

  /** Releases all memory; no reader may run any more. */
  void release() {
    for (RowSegment segment : segments) {
      segment.release();
    }
    retiredMemory.forEach(one -> one.release().run());
  }

  /** Returns the segment of a slot; any thread. */
  RowSegment segment(long slot) {
    return segments[(int) (slot / options.rowsPerSegment())];
  }

  /** Returns a slot's number within its segment; any thread. */
  int within(long slot) {
    return (int) (slot % options.rowsPerSegment());
  }

  /** Returns the segments as of now; any thread. */
  RowSegment[] segments() {
    return segments;
  }

  /** Returns the slot of each id; any thread. */
  ConcurrentHashMap<String, Long> slotsById() {
    return slotsById;
  }

  SlotLifeCycle slots() {
    return slots;
  }

  StringDictionary tenants() {
    return tenants;
  }

  StringDictionary categories() {
    return categories;
  }

  DamageReport damage() {
    return damage;
  }
}
