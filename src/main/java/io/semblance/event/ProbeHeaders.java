package io.semblance.event;

import static io.semblance.event.CloudEventHeaders.set;
import static io.semblance.event.CloudEventHeaders.text;

import org.apache.kafka.common.header.Headers;

/**
 * What a probe's headers say beside those of the embedding that it was made from. Records of {@code
 * match-probes} and {@code shard-matches} are internal to Semblance.
 *
 * @param probeId unique for each embedding that is probed
 * @param threshold lowest similarity that counts as a match
 * @param shardCount how many shards the probe is sent to
 */
public record ProbeHeaders(String probeId, float threshold, int shardCount) {
  private static final String PROBE_ID = "semblance-probe-id";
  private static final String ORIGIN = "semblance-origin";
  private static final String THRESHOLD = "semblance-threshold";
  private static final String SHARD_COUNT = "semblance-shard-count";
  private static final String ORIGIN_UPLOAD = "upload";

  /** Adds these to {@code headers}, replacing earlier ones. */
  public void write(Headers headers) {
    set(headers, PROBE_ID, probeId);
    set(headers, ORIGIN, ORIGIN_UPLOAD);
    set(headers, THRESHOLD, Float.toString(threshold));
    set(headers, SHARD_COUNT, Integer.toString(shardCount));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws InvalidEventException if a header is missing or malformed
   */
  public static ProbeHeaders read(Headers headers) {
    try {
      return new ProbeHeaders(
          required(headers, PROBE_ID),
          Float.parseFloat(required(headers, THRESHOLD)),
          Integer.parseInt(required(headers, SHARD_COUNT)));
    } catch (NumberFormatException e) {
      throw new InvalidEventException(
          "a probe's header is no number: match-probes is written by Semblance alone", e);
    }
  }

  /** Removes these from {@code headers}. */
  public static void clear(Headers headers) {
    headers.remove(PROBE_ID).remove(ORIGIN).remove(THRESHOLD).remove(SHARD_COUNT);
  }

  private static String required(Headers headers, String name) {
    String value = text(headers, name);
    if (value == null) {
      throw new InvalidEventException(
          "the header %s is missing: match-probes is written by Semblance alone".formatted(name));
    }
    return value;
  }
}
