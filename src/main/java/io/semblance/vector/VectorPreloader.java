package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads the vectors of an index that was opened from a snapshot, block by block, and checks them,
 * on a thread of its own. It is a reader like others, for one block at a time.
 */
final class VectorPreloader {
  private static final Logger LOG = System.getLogger(VectorPreloader.class.getName());

  private final VectorIndex index;
  private volatile @Nullable Thread thread;

  VectorPreloader(VectorIndex index) {
    this.index = index;
  }

  /** Begins, once; any thread. */
  synchronized void start() {
    if (thread == null) {
      thread = Thread.ofPlatform().name("vector-index-preload").daemon().start(this::run);
    }
  }

  private void run() {
    long started = System.nanoTime();
    try {
      for (RowSegment segment : index.segments()) {
        for (int block = 0; block < segment.blocks(); block++) {
          load(segment, block);
        }
      }
      LOG.log(Level.DEBUG, "read all vectors in {0} ms", (System.nanoTime() - started) / 1_000_000);
    } catch (IndexClosedException e) {
      LOG.log(Level.DEBUG, "the index was closed while its vectors were read");
    } catch (DamagedRowException e) {
      // The index's owner hears of it by VectorIndex.damage, and says what follows.
      LOG.log(Level.DEBUG, "stopped reading vectors: {0}", e.getMessage());
    }
  }

  private void load(RowSegment segment, int block) {
    int reader = index.enter();
    try {
      segment.verify(block, segment.occupied(block));
    } finally {
      index.readers().leave(reader);
    }
  }

  /** Waits until all is read or given up; true if nothing was begun. */
  boolean await(Duration limit) throws InterruptedException {
    Thread running = thread;
    return running == null || running.join(limit);
  }
}
