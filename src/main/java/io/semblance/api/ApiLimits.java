package io.semblance.api;

import static io.semblance.search.Settings.requirePositive;

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
    requirePositive("semblance.image.bytes-max", imageBytesMax);
    requirePositive("semblance.api.json-bytes-max", jsonBytesMax);
    requirePositive("semblance.api.concurrent-images-max", concurrentImagesMax);
    requirePositive("semblance.api.tenant-length-max", tenantLengthMax);
    requirePositive("semblance.api.data-reference-length-max", dataReferenceLengthMax);
    requirePositive("semblance.api.results-default", resultsDefault);
    requirePositive("semblance.api.alert-clients-max", alertClientsMax);
    requirePositive("semblance.api.upload-time-limit", uploadTimeLimit);
    requirePositive("semblance.api.alert-heartbeat", alertHeartbeat);
  }
}
