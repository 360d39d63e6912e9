package io.semblance.cli.hub;

import java.nio.file.Path;
import java.time.Duration;

/** Is told how a fetch goes on, from the thread that fetches. */
public interface FetchListener {
  /** What will be fetched, told before a byte of it is. */
  void planned(FetchPlan plan);

  /**
   * Bytes of the plan's total that are there, which grow and, where a part was not what it should
   * be, fall.
   *
   * @param file that is being transferred
   */
  void transferred(String file, long bytes);

  /**
   * A file is there and is what the hub lists.
   *
   * @param bytesTransferred of it in this fetch; 0 if it was there already
   */
  void completed(String file, long size, long bytesTransferred);

  /** Something failed, and is tried again after {@code pause}. */
  void pausing(String reason, Duration pause);

  /** Another fetch into {@code directory} is waited for. */
  void waiting(Path directory);
}
