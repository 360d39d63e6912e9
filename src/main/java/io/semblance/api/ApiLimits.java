package io.semblance.api;

import java.time.Duration;

/**
 * Limits of the HTTP interface.
 *
 * @param imageBytesMax most bytes of an image
 * @param jsonBytesMax most bytes of a JSON body
 * @param concurrentImagesMax most requests with an image in their body at a time; more are refused
 * @param tenantLengthMax most characters of a tenant or a category
 * @param dataReferenceLengthMax most characters of a {@code dataref}
 * @param resultsDefault matches returned where a search does not say how many
 * @param uploadTimeLimit longest wait for Kafka to confirm an upload
 * @param alertClientsMax most clients that listen for alerts at a time; more are refused
 * @param alertHeartbeat after so long without an alert a comment is sent to its listeners
 */
public record ApiLimits(
    int imageBytesMax,
    int jsonBytesMax,
    int concurrentImagesMax,
    int tenantLengthMax,
    int dataReferenceLengthMax,
    int resultsDefault,
    Duration uploadTimeLimit,
    int alertClientsMax,
    Duration alertHeartbeat) {

  public ApiLimits {
    requirePositive("image-bytes-max", imageBytesMax);
    requirePositive("json-bytes-max", jsonBytesMax);
    requirePositive("concurrent-images-max", concurrentImagesMax);
    requirePositive("tenant-length-max", tenantLengthMax);
    requirePositive("data-reference-length-max", dataReferenceLengthMax);
    requirePositive("results-default", resultsDefault);
    requirePositive("alert-clients-max", alertClientsMax);
    requirePositive("upload-time-limit", uploadTimeLimit);
    requirePositive("alert-heartbeat", alertHeartbeat);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "semblance.api.%s is %d: it must be at least 1".formatted(name, value));
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(
          "semblance.api.%s is %s: it must be longer than nothing".formatted(name, value));
    }
  }
}
