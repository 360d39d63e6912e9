package io.semblance.cli.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The hub does not give what is asked for. The message names cause and remedy. */
public final class HubException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int PRINTED_LENGTH_MAX = 200;

  private final String problem;
  private final boolean passing;
  private final @Nullable Duration pause;

  private HubException(
      String problem,
      String remedy,
      boolean passing,
      @Nullable Duration pause,
      @Nullable Throwable cause) {
    super(problem + ": " + remedy, cause);
    this.problem = problem;
    this.passing = passing;
    this.pause = pause;
  }

  /** Returns a failure that another attempt would not mend. */
  static HubException lasting(String problem, String remedy) {
    return lasting(problem, remedy, null);
  }

  /** As {@link #lasting(String, String)}, with what it comes from. */
  static HubException lasting(String problem, String remedy, @Nullable Throwable cause) {
    return new HubException(problem, remedy, false, null, cause);
  }

  /** Returns a failure after which another attempt may succeed. */
  static HubException passing(String problem, String remedy, @Nullable Throwable cause) {
    return new HubException(problem, remedy, true, null, cause);
  }

  /**
   * Returns a failure after which another attempt may succeed.
   *
   * @param pause that the hub asks for before it
   */
  static HubException passing(String problem, String remedy, Optional<Duration> pause) {
    return new HubException(problem, remedy, true, pause.orElse(null), null);
  }

  /** Returns what failed, without what helps. */
  String problem() {
    return problem;
  }

  boolean isPassing() {
    return passing;
  }

  Optional<Duration> pause() {
    return Optional.ofNullable(pause);
  }

  /** Returns a stranger's words as they may be printed: short, and without control characters. */
  static String printable(String text) {
    String plain = text.replaceAll("\\p{C}", "?");
    return plain.length() <= PRINTED_LENGTH_MAX
        ? plain
        : plain.substring(0, PRINTED_LENGTH_MAX) + "…";
  }
}
