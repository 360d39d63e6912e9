package io.semblance.embedding;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The pipeline's threads: one that fails gives the engine up, since nobody does its work then. */
final class WorkerThreads {
  private static final Logger LOG = System.getLogger(WorkerThreads.class.getName());

  private final List<Thread> threads = new ArrayList<>();

  /** What a thread does until its queue is closed. */
  @FunctionalInterface
  interface Loop {
    void run() throws InterruptedException;
  }

  /**
   * Starts a thread.
   *
   * @param health told if the thread fails
   */
  void start(String name, EngineHealth health, Loop loop) {
    threads.add(
        Thread.ofPlatform()
            .name("semblance-" + name)
            .daemon()
            .start(() -> {
              try {
                loop.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Throwable e) {
                LOG.log(Level.ERROR, "The pipeline's thread {0} failed: {1}", name, e);
                health.giveUp("the pipeline's thread %s failed: %s".formatted(name, e), e);
                throw e;
              }
            }));
  }

  /** Waits for all threads to end, for at most {@code timeLimit}, and says which have not. */
  void awaitEnd(Duration timeLimit) {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    try {
      for (Thread thread : threads) {
        Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
        if (!thread.join(left)) {
          LOG.log(Level.WARNING, "{0} has not ended within {1}", thread, timeLimit);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
