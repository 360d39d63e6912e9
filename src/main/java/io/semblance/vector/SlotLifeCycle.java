package io.semblance.vector;

import java.util.ArrayDeque;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which slots of an index are free, and when the slot of a dead row becomes so.
 *
 * <pre>
 *            put           replaced, deleted                 bits cleared        wiped
 *   free ─────────► live ───────────────────► retired ───────────────► cleared ─────────► free
 *                            │                   ▲
 *                            └────► retained ────┘  a snapshot without the row is durable
 * </pre>
 *
 * <p><b>Readers.</b> A retired slot's bits are cleared when no running search began before the row
 * died; the slot is wiped when none can have seen the bits any more (see {@link ReaderRegistry}).
 *
 * <p><b>Snapshots.</b> Vectors and codes lie in mapped files and are changed in place, at any time,
 * and the kernel may write any changed page to the disk at any time. What is on the disk after a
 * crash is therefore: for a slot untouched since the last durable manifest, what that manifest
 * means; for any other slot, anything. So it suffices, for that manifest to be good after a crash
 * at any moment, that <em>a slot that the last durable manifest names is neither wiped nor reused
 * until a later manifest that does not name it is durable</em>. A new row goes into a slot that no
 * manifest names, where bytes of any kind harm nobody: opening wipes such slots. Replacing a row
 * touches its old slot not at all. Hence no log, no copy of what is overwritten, and no page is
 * written twice.
 *
 * <p>A manifest names a row if it was born at or before the manifest's sequence number and did not
 * die by then. A row born after the last snapshot that was begun, {@link #claimed}, is named by
 * none, and waits for readers alone; a row born before waits until its death is {@link #durable}. A
 * snapshot that fails before its manifest could be in place gives its claim back.
 *
 * <p>Methods are called under the index's lock on rows; counts may be read by any thread.
 */
final class SlotLifeCycle {
  /** Slots that one call clears at most, and wipes: what a writer may have to wait for. */
  static final int RECLAIMED_MAX = 1_024;

  /**
   * A slot out of use.
   *
   * @param died the sequence number at which its row died
   * @param since the sequence number as of which it entered its state
   */
  private record Slot(long slot, long died, long since) {}

  private final LongFunction<RowSegment> segments;
  private final int rowsPerSegment;
  private final ArrayDeque<Slot> retained = new ArrayDeque<>();
  private final ArrayDeque<Slot> retired = new ArrayDeque<>();
  private final ArrayDeque<Slot> cleared = new ArrayDeque<>();
  private final ArrayDeque<Long> free = new ArrayDeque<>();
  private long used;
  private long claimed;
  private long durable;
  private volatile long retainedSlots;
  private volatile long pendingSlots;
  private volatile long freeSlots;

  /**
   * @param segments returns the segment of a slot
   */
  SlotLifeCycle(LongFunction<RowSegment> segments, int rowsPerSegment) {
    this.segments = segments;
    this.rowsPerSegment = rowsPerSegment;
  }

  /** Takes over the state of a snapshot, which is durable: slots in use, and free ones. */
  void restore(long usedSlots, long sequence, Iterable<Long> freeOnes) {
    used = usedSlots;
    claimed = sequence;
    durable = sequence;
    freeOnes.forEach(free::add);
    count();
  }

  /** Returns a slot for a new row: a free one, or else one never used. */
  long take() {
    Long reusable = free.pollFirst();
    if (reusable == null) {
      return used++;
    }
    freeSlots = free.size();
    return reusable;
  }

  /** Gives back a slot just taken, whose row could not be written. */
  void giveBack(long slot) {
    free.addFirst(slot);
    freeSlots = free.size();
  }

  /** Returns the number of slots ever used. */
  long used() {
    return used;
  }

  /** Ends a row's life at a sequence number, which must be published next. */
  void retire(long slot, long since) {
    RowSegment segment = segments.apply(slot);
    segment.retire(within(slot), since);
    boolean named = segment.born(within(slot)) <= claimed;
    (named ? retained : retired).add(new Slot(slot, since, since));
    count();
  }

  /** Notes that a snapshot as of a sequence number has begun. */
  void claim(long sequence) {
    claimed = Math.max(claimed, sequence);
  }

  /** Notes that no manifest as of any later sequence number than {@code sequence} can exist. */
  void unclaim(long sequence) {
    claimed = sequence;
  }

  /** Notes that a manifest as of a sequence number is durable. */
  void durable(long sequence) {
    durable = sequence;
  }

  /** Returns whether rows whose death is durable still lie in their slots. */
  boolean holdsForgettable() {
    // The first two are in the order of their deaths.
    return isForgettable(retained.peek())
        || isForgettable(retired.peek())
        || cleared.stream().anyMatch(this::isForgettable);
  }

  private boolean isForgettable(@Nullable Slot slot) {
    return slot != null && slot.died() <= durable;
  }

  boolean isReclaimable() {
    return !retained.isEmpty() || !retired.isEmpty() || !cleared.isEmpty();
  }

  /**
   * Moves slots on that neither readers nor snapshots need any more.
   *
   * @param oldest see {@link ReaderRegistry#oldest}
   * @param now the sequence number of the last change
   */
  void reclaim(long oldest, long now) {
    int left = RECLAIMED_MAX;
    for (Slot next = cleared.peek();
        next != null && next.since() < oldest && left > 0;
        next = cleared.peek(), left--) {
      cleared.remove();
      segments.apply(next.slot()).wipe(within(next.slot()));
      free.add(next.slot());
    }
    left = clear(retained, Math.min(oldest, durable), now, RECLAIMED_MAX);
    clear(retired, oldest, now, left);
    count();
  }

  private int clear(ArrayDeque<Slot> dead, long upTo, long now, int max) {
    int left = max;
    for (Slot next = dead.peek();
        next != null && next.since() <= upTo && left > 0;
        next = dead.peek(), left--) {
      dead.remove();
      segments.apply(next.slot()).clear(within(next.slot()));
      cleared.add(new Slot(next.slot(), next.died(), now));
    }
    return left;
  }

  private void count() {
    retainedSlots = retained.size();
    pendingSlots = (long) retained.size() + retired.size() + cleared.size();
    freeSlots = free.size();
  }

  private int within(long slot) {
    return (int) (slot % rowsPerSegment);
  }

  /** Returns the slots of dead rows that are not free yet. */
  long pendingSlots() {
    return pendingSlots;
  }

  /** Returns those of them that wait for a snapshot. */
  long retainedSlots() {
    return retainedSlots;
  }

  long freeSlots() {
    return freeSlots;
  }
}
