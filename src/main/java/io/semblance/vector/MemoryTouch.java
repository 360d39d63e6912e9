package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads memory so that it is in the cache when it is needed: Java has no prefetch. For one thread.
 */
final class MemoryTouch {
  /** Keeps the compiler from dropping reads whose value nobody needs. */
  private long touched;

  /** Reads the byte at {@code offset}, and with it its cache line. */
  void touch(MemorySegment memory, long offset) {
    touched += memory.get(ValueLayout.JAVA_BYTE, offset);
  }
}
