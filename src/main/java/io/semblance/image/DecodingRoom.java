package io.semblance.image;

import java.util.concurrent.Semaphore;

/**
 * How many bytes of decoded pixels may be in memory at a time. First come, first served, so that a
 * large picture is not kept waiting by small ones. Safe for use by several threads.
 */
final class DecodingRoom {
  private static final int UNIT_BYTES = 1 << 10;

  private final int unitsMax;
  private final Semaphore units;

  /**
   * @param bytesMax most bytes; a picture with more waits until it is alone
   */
  DecodingRoom(long bytesMax) {
    unitsMax = Math.clamp(bytesMax / UNIT_BYTES, 1, Integer.MAX_VALUE);
    units = new Semaphore(unitsMax, true);
  }

  /** Returns the place of one picture, which takes no room yet. */
  Place place() {
    return new Place();
  }

  /** The room of one picture. Used by one thread. */
  final class Place implements AutoCloseable {
    private int held;

    private Place() {}

    /**
     * Waits for room for a picture's pixels. To be called once, before any of them is decoded.
     *
     * @param bytesPerPixel most bytes of a pixel in memory, all copies together
     */
    void take(ImageHeader header, int bytesPerPixel) {
      if (held > 0) {
        throw new IllegalStateException("a picture waiting for more room could wait for itself");
      }
      long bytes = (long) header.width() * header.height() * bytesPerPixel;
      int wanted = Math.clamp(1 + bytes / UNIT_BYTES, 1, unitsMax);
      units.acquireUninterruptibly(wanted);
      held = wanted;
    }

    /** Gives the room back. */
    @Override
    public void close() {
      units.release(held);
      held = 0;
    }
  }
}
