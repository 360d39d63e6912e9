package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What {@link UploadRecords} makes, {@link UploadEventReader} reads. */
class UploadRecordsTest {
  private static final UploadRecords RECORDS = new UploadRecords("urn:semblance:test");

  @Test
  void shouldMakeUploadsOfBytes() {
    ProducerRecord<String, byte[]> record = RECORDS.image("photo-1", "event-1", new byte[] {1});
    UploadRecords.setIfPresent(record, CloudEventHeaders.TENANT, "acme");
    UploadRecords.setIfPresent(record, CloudEventHeaders.CATEGORY, "");

    UploadEvent event = read(record);

    assertThat(record.topic()).isEqualTo(Topics.IMAGE_UPLOADS);
    assertThat(event).isInstanceOf(UploadEvent.Inline.class);
    assertThat(event.imageId()).isEqualTo("photo-1");
    assertThat(event.metadata().eventId()).isEqualTo("event-1");
    assertThat(event.metadata().source()).isEqualTo("urn:semblance:test");
    assertThat(event.metadata().extensions()).containsOnlyKeys("tenant");
  }

  @Test
  void shouldMakeUploadsOfReferences() {
    UploadEvent event =
        read(RECORDS.reference("photo-2", "event-2", "https://images.example/photo-2.jpg"));

    assertThat(event)
        .isInstanceOfSatisfying(
            UploadEvent.Reference.class,
            reference ->
                assertThat(reference.uri())
                    .isEqualTo(URI.create("https://images.example/photo-2.jpg")));
  }

  @Test
  void shouldMakeDeletions() {
    assertThat(read(RECORDS.deletion("photo-1", "event-3")))
        .isInstanceOf(UploadEvent.Deletion.class);
  }

  private static UploadEvent read(ProducerRecord<String, byte[]> record) {
    return new UploadEventReader()
        .read(record.key().getBytes(UTF_8), record.headers(), record.value(), 0, "fallback");
  }
}
