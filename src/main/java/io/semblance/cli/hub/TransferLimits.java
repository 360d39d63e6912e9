package io.semblance.cli.hub;

import java.time.Duration;

/**
 * How long and how often something is tried.
 *
 * @param connectTimeLimit longest wait for a connection
 * @param stallTimeLimit longest wait for an answer, and for its next byte
 * @param attemptsMax attempts in a row that bring nothing new
 * @param pauseMin between two attempts at first; it doubles from one to the next
 * @param pauseMax longest pause, also where the hub asks for a longer one
 * @param redirectsMax most redirects of one request
 * @param lockTimeLimit longest wait for another fetch into the same folder
 */
public record TransferLimits(
    Duration connectTimeLimit,
    Duration stallTimeLimit,
    int attemptsMax,
    Duration pauseMin,
    Duration pauseMax,
    int redirectsMax,
    Duration lockTimeLimit) {
  /** What suits the hub. */
  public static final TransferLimits STANDARD =
      new TransferLimits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          5,
          Duration.ofSeconds(1),
          Duration.ofSeconds(60),
          10,
          Duration.ofHours(1));
}
