package io.semblance.cli.hub;

import java.time.Duration;

/** How often something is tried again, and after how long. */
final class Attempts {
  private final TransferLimits limits;
  private final FetchListener listener;
  private int failed;

  Attempts(TransferLimits limits, FetchListener listener) {
    this.limits = limits;
    this.listener = listener;
  }

  /** Says that the last attempt brought something new: attempts are counted anew. */
  void succeeded() {
    failed = 0;
  }

  /**
   * Waits until it may be tried again.
   *
   * @throws HubException which {@code failure} is, if another attempt would not help, comes too
   *     late, or would be one too many
   */
  void failed(HubException failure) throws HubException, InterruptedException {
    failed++;
    Duration pause =
        failure
            .pause()
            .orElseGet(() -> {
              Duration doubled = limits.pauseMin().multipliedBy(1L << Math.min(failed - 1, 20));
              return doubled.compareTo(limits.pauseMax()) < 0 ? doubled : limits.pauseMax();
            });
    if (!failure.isPassing()
        || failed >= limits.attemptsMax()
        || pause.compareTo(limits.pauseMax()) > 0) {
      throw failure;
    }
    listener.pausing(failure.problem(), pause);
    Thread.sleep(pause);
  }
}
