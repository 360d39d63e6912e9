package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of the topic {@code image-uploads}, as CloudEvents in binary mode; {@link
 * UploadEventReader} reads them. The event happens when its record is made.
 *
 * @param source the CloudEvents source of the events
 */
public record UploadRecords(String source) {
  /** Returns the upload of an image's bytes. */
  public ProducerRecord<String, byte[]> image(String imageId, String eventId, byte[] image) {
    return record(imageId, eventId, EventTypes.IMAGE_UPLOADED, image);
  }

  /** Returns the upload of a text, which becomes a row beside those of images. */
  public ProducerRecord<String, byte[]> text(String id, String eventId, String text) {
    ProducerRecord<String, byte[]> record =
        record(id, eventId, EventTypes.IMAGE_UPLOADED, text.getBytes(UTF_8));
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.CONTENT_TYPE, "text/plain");
    return record;
  }

  /** Returns the upload of an image that lies at {@code reference}. */
  public ProducerRecord<String, byte[]> reference(
      String imageId, String eventId, String reference) {
    ProducerRecord<String, byte[]> record =
        record(imageId, eventId, EventTypes.IMAGE_UPLOADED, new byte[0]);
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.DATA_REFERENCE, reference);
    return record;
  }

  /** Returns the deletion of an image. */
  public ProducerRecord<String, byte[]> deletion(String imageId, String eventId) {
    return record(imageId, eventId, EventTypes.IMAGE_DELETED, null);
  }

  private ProducerRecord<String, byte[]> record(
      String imageId, String eventId, String type, byte @Nullable [] value) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(Topics.IMAGE_UPLOADS, imageId, value);
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.SPEC_VERSION, "1.0");
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.ID, eventId);
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.SOURCE, source);
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.TYPE, type);
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.TIME, Instant.now().toString());
    CloudEventHeaders.set(record.headers(), CloudEventHeaders.SUBJECT, imageId);
    return record;
  }

  /** Sets a header of {@code record}; an absent or empty value leaves the header away. */
  public static void setIfPresent(
      ProducerRecord<String, byte[]> record, String header, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      CloudEventHeaders.set(record.headers(), header, value);
    }
  }
}
