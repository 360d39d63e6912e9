package io.semblance.vector;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Knows which sequence numbers running readers may still look at, without locks.
 *
 * <p>A reader writes the current sequence number into a free cell, then reads the sequence number
 * again and works on the index as of that second value. The writer publishes a new sequence number
 * before it looks at the cells. In the total order of these volatile accesses either the writer
 * sees the reader's cell, or the reader's second read comes later and sees the writer's number: a
 * reader that the writer overlooked cannot need what the writer retires.
 */
final class ReaderRegistry {
  /** Readers that can run at the same time; a further one waits, spinning, for a cell. */
  static final int READERS_MAX = 256;

  /** One cell per 128 bytes, so that readers do not share cache lines. */
  private static final int SPACING = 16;

  private static final long FREE = 0;

  private final AtomicLongArray cells = new AtomicLongArray(READERS_MAX * SPACING);
  private final AtomicLong sequence;

  ReaderRegistry(AtomicLong sequence) {
    this.sequence = sequence;
  }

  /** Takes a cell and returns its index, to be passed to {@link #leave}. */
  int enter() {
    int start = Math.floorMod(Thread.currentThread().threadId(), READERS_MAX);
    while (true) {
      for (int probe = 0; probe < READERS_MAX; probe++) {
        int cell = (start + probe) % READERS_MAX * SPACING;
        if (cells.get(cell) == FREE && cells.compareAndSet(cell, FREE, sequence.get() + 1)) {
          return cell;
        }
      }
      Thread.onSpinWait();
    }
  }

  void leave(int cell) {
    cells.setRelease(cell, FREE);
  }

  /**
   * Returns the lowest sequence number that a running reader may have entered at, or {@link
   * Long#MAX_VALUE} if none runs. What was published before the call is seen by readers that enter
   * later.
   */
  long oldest() {
    VarHandle.fullFence();
    long oldest = Long.MAX_VALUE;
    for (int reader = 0; reader < READERS_MAX; reader++) {
      long entered = cells.get(reader * SPACING);
      if (entered != FREE) {
        oldest = Math.min(oldest, entered - 1);
      }
    }
    return oldest;
  }
}
