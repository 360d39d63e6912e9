package io.semblance.embedding;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether the engine works on this instance. A failure may pass, as when a neighbour fills the
 * GPU's memory; {@link #FAILURES_MAX} in a row do not. Safe for use by several threads.
 */
final class EngineHealth {
  /** After so many failures in a row, none of them an image's, the engine is given up. */
  static final int FAILURES_MAX = 16;

  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<@Nullable EngineFailedException> failure = new AtomicReference<>();

  /** Notes that the engine has worked. */
  void succeeded() {
    failures.set(0);
  }

  /** Notes that the engine has failed by no image's fault, and returns what to say of it. */
  EngineFailedException failed(Throwable cause) {
    EngineFailedException failed =
        new EngineFailedException(
            "the engine fails on a plain picture too: " + cause.getMessage(), cause);
    if (failures.incrementAndGet() >= FAILURES_MAX) {
      giveUp(
          "the engine has failed %d times in a row: restart this instance, and look at its device; the last time: %s"
              .formatted(FAILURES_MAX, cause.getMessage()),
          cause);
    }
    return failed;
  }

  /** Notes that the engine is of no more use. */
  void giveUp(String message, Throwable cause) {
    failure.compareAndSet(null, new EngineFailedException(message, cause));
  }

  /** Returns why the engine has been given up, if it has. */
  Optional<EngineFailedException> failure() {
    return Optional.ofNullable(failure.get());
  }
}
