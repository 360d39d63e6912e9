package io.semblance.api;

/**
 * Confirms that Kafka has an upload or a deletion; it takes effect once it is processed.
 *
 * @param id the image's id
 * @param tenant the image's tenant
 * @param eventId the CloudEvents id: alerts of this upload name it as {@code eventId}
 * @param partition of {@code image-uploads}
 * @param offset in that partition
 */
public record UploadReceipt(String id, String tenant, String eventId, int partition, long offset) {}
