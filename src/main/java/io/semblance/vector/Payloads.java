package io.semblance.vector;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of a segment's slots. Those of a snapshot stay in the one array that they were read
 * into: a million arrays would keep the collector busy while an index is opened.
 *
 * <p>Only the writer changes a slot, while no reader looks at it.
 */
final class Payloads {
  private static final byte[] NONE = new byte[0];

  private final byte[] @Nullable [] payloads;
  private final byte[] restored;

  /** By slot, where its payload in {@link #restored} ends; the one before it ends at its start. */
  private final int[] ends;

  Payloads(int slots) {
    this.payloads = new byte[slots][];
    this.restored = NONE;
    this.ends = new int[0];
  }

  /** Takes the payloads of a snapshot; the arrays are kept. */
  Payloads(byte[] restored, int[] ends) {
    this.payloads = new byte[ends.length][];
    this.restored = restored;
    this.ends = ends;
  }

  /** Puts a copy of a payload. */
  void put(int slot, byte[] payload) {
    payloads[slot] = payload.clone();
  }

  /** Returns a payload, perhaps not a copy; empty if there is none. */
  byte[] get(int slot) {
    byte[] payload = payloads[slot];
    if (payload != null) {
      return payload;
    }
    return ends.length == 0 ? NONE : Arrays.copyOfRange(restored, start(slot), ends[slot]);
  }

  private int start(int slot) {
    return slot == 0 ? 0 : ends[slot - 1];
  }

  /** Forgets a payload, and wipes it where it came from a snapshot. */
  void wipe(int slot) {
    payloads[slot] = null;
    if (ends.length > 0) {
      Arrays.fill(restored, start(slot), ends[slot], (byte) 0);
    }
  }
}
