package io.semblance.embedding;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The places of one lane: how many images may be between submission and result, and how many bytes
 * of them may wait for decoding. First come, first served, also among those that do not wait. Safe
 * for use by several threads.
 */
final class LaneBudget {
  private static final int UNIT_BYTES = 1 << 10;

  private final int unitsMax;
  private final Semaphore images;
  private final Semaphore units;

  /**
   * @param imagesMax most images
   * @param bytesMax most bytes; an image with more waits until it is alone
   */
  LaneBudget(int imagesMax, long bytesMax) {
    unitsMax = Math.clamp(bytesMax / UNIT_BYTES, 1, Integer.MAX_VALUE);
    images = new Semaphore(imagesMax, true);
    units = new Semaphore(unitsMax, true);
  }

  /**
   * Takes a place for an image, waiting for it for at most {@code timeoutNanos}.
   *
   * @return whether it got one
   */
  boolean acquireImage(long timeoutNanos) throws InterruptedException {
    return images.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS);
  }

  void releaseImage() {
    images.release();
  }

  /**
   * Takes room for {@code bytes}, waiting for it for at most {@code timeoutNanos}.
   *
   * @return whether it got it
   */
  boolean acquireBytes(int bytes, long timeoutNanos) throws InterruptedException {
    return units.tryAcquire(units(bytes), timeoutNanos, TimeUnit.NANOSECONDS);
  }

  void releaseBytes(int bytes) {
    units.release(units(bytes));
  }

  private int units(int bytes) {
    return Math.clamp(1 + (long) bytes / UNIT_BYTES, 1, unitsMax);
  }
}
