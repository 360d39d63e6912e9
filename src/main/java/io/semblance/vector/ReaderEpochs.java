package io.semblance.vector;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tells the writer which freed slots no running search can still be reading.
 *
 * <p>A reader announces the epoch in which it began. The writer advances the epoch whenever it
 * frees a slot; a slot freed in epoch e may be reused once every running reader began after e.
 * Readers neither lock nor wait, unless more than {@link #READERS_MAX} run at once.
 */
final class ReaderEpochs {
  /** Searches that can run at once; more wait for a place. */
  static final int READERS_MAX = 256;

  private static final long IDLE = 0;

  private final AtomicLong epoch = new AtomicLong(1);
  private final AtomicLongArray readers = new AtomicLongArray(READERS_MAX);

  /** Announces a reader and returns its place, to be handed to {@link #exit}. */
  int enter() {
    int start = (int) (Thread.currentThread().threadId() % READERS_MAX);
    for (int i = start; ; i = (i + 1) % READERS_MAX) {
      if (readers.get(i) == IDLE && readers.compareAndSet(i, IDLE, epoch.get())) {
        // The writer may have freed a slot between reading the epoch and announcing it: the older
        // epoch only makes it wait longer.
        return i;
      }
      if ((i + 1) % READERS_MAX == start) {
        Thread.onSpinWait();
      }
    }
  }

  void exit(int place) {
    readers.set(place, IDLE);
  }

  /** Writer: ends the current epoch and returns it, to be kept beside a slot that was freed. */
  long free() {
    return epoch.getAndIncrement();
  }

  /** Writer: returns whether no reader that began in {@code freed} or before is still running. */
  boolean isUnread(long freed) {
    for (int i = 0; i < READERS_MAX; i++) {
      long began = readers.get(i);
      if (began != IDLE && began <= freed) {
        return false;
      }
    }
    return true;
  }
}
