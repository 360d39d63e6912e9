package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UploadEventReaderTest {
  private static final byte[] KEY = "photo-1".getBytes(UTF_8);
  private static final byte[] IMAGE = {1, 2, 3};
  private static final long TIMESTAMP = 1_700_000_000_000L;

  private final UploadEventReader reader = new UploadEventReader();
  private final Headers headers = new RecordHeaders();

  @Test
  void shouldReadARecordWithoutAnyAttribute() {
    UploadEvent event = read(KEY, IMAGE);

    assertThat(event)
        .isInstanceOfSatisfying(
            UploadEvent.Inline.class,
            upload -> {
              assertThat(upload.imageId()).isEqualTo("photo-1");
              assertThat(upload.bytes()).isEqualTo(IMAGE);
              assertThat(upload.metadata().eventId()).isEqualTo("fallback");
              assertThat(upload.metadata().time()).isEqualTo(Instant.ofEpochMilli(TIMESTAMP));
              assertThat(upload.metadata().tenant()).isEmpty();
            });
  }

  @Test
  void shouldCarryEveryExtensionOfABinaryEvent() {
    with("ce_specversion", "1.0").with("ce_id", "e1").with("ce_source", "/shop");
    with("ce_type", EventTypes.IMAGE_UPLOADED).with("ce_time", "2026-01-31T13:00:00+01:00");
    with("ce_tenant", "acme").with("ce_category", "shoes").with("ce_seller", "42");

    EventMetadata metadata = read(KEY, IMAGE).metadata();

    assertThat(metadata.eventId()).isEqualTo("e1");
    assertThat(metadata.source()).isEqualTo("/shop");
    assertThat(metadata.time()).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
    assertThat(metadata.extensions())
        .isEqualTo(Map.of("tenant", "acme", "category", "shoes", "seller", "42"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "Text/Plain; charset=UTF-8"})
  void shouldSayOfATextThatItIsOne(String contentType) {
    EventMetadata metadata = with("content-type", contentType).read(KEY, IMAGE).metadata();

    assertThat(metadata.isText()).isTrue();
    assertThat(metadata.extensions()).isEqualTo(Map.of("mediatype", "text/plain"));
  }

  @Test
  void shouldNotLetAnImageCallItselfAText() {
    with("content-type", "image/png").with("ce_mediatype", "text/plain");

    assertThat(read(KEY, IMAGE).metadata().isText()).isFalse();
  }

  @Test
  void shouldReadAStructuredEvent() {
    with("content-type", "application/cloudevents+json; charset=UTF-8");
    String json =
        """
        {"specversion":"1.0","id":"e1","source":"/shop","type":"io.semblance.image.uploaded.v1",
         "time":"2026-01-31T12:00:00Z","datacontenttype":"image/png","tenant":"acme",
         "data_base64":"%s"}
        """
            .formatted(Base64.getEncoder().encodeToString(IMAGE));

    UploadEvent event = read(KEY, json.getBytes(UTF_8));

    assertThat(event)
        .isInstanceOfSatisfying(
            UploadEvent.Inline.class,
            upload -> {
              assertThat(upload.bytes()).isEqualTo(IMAGE);
              assertThat(upload.contentType()).isEqualTo("image/png");
              assertThat(upload.metadata().eventId()).isEqualTo("e1");
              assertThat(upload.metadata().tenant()).isEqualTo("acme");
            });
  }

  @Test
  void shouldReadAReferenceInPlaceOfBytes() {
    with("ce_dataref", "https://images.example/1.jpg");

    for (byte @Nullable [] absent : new byte @Nullable [][] {null, {}}) {
      UploadEvent event = read(KEY, absent);
      assertThat(event)
          .isInstanceOfSatisfying(
              UploadEvent.Reference.class,
              reference ->
                  assertThat(reference.uri())
                      .isEqualTo(URI.create("https://images.example/1.jpg")));
      assertThat(event.metadata().extensions())
          .containsEntry(UploadEventReader.IMAGE_URI, "https://images.example/1.jpg");
    }
  }

  @Test
  void shouldReadANullValueAsADeletion() {
    assertThat(read(KEY, null)).isInstanceOf(UploadEvent.Deletion.class);
  }

  @Test
  void shouldReadADeletionEventWhateverItsValue() {
    with("ce_type", EventTypes.IMAGE_DELETED);
    assertThat(read(KEY, IMAGE)).isInstanceOf(UploadEvent.Deletion.class);
  }

  @ParameterizedTest
  @CsvSource({
    "ce_specversion,0.3,ce_specversion",
    "ce_time,yesterday,ce_time",
    "ce_dataref,http://[nonsense,ce_dataref",
    "content-type,application/cloudevents+avro,content-type",
    "content-type,application/cloudevents+json,CloudEvents 1.0 JSON"
  })
  void shouldNameTheHeaderThatIsWrong(String header, String value, String named) {
    with(header, value);
    byte[] bytes = header.equals("ce_dataref") ? new byte[0] : IMAGE;

    assertThatThrownBy(() -> read(KEY, bytes))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining(named);
  }

  @Test
  void shouldRefuseARecordWithoutAUsableKey() {
    byte @Nullable [][] keys = {
      null, {}, " ".getBytes(UTF_8), {(byte) 0xff}, "a\0b".getBytes(UTF_8), new byte[513]
    };
    for (byte @Nullable [] key : keys) {
      assertThatThrownBy(() -> read(key, IMAGE))
          .isInstanceOf(InvalidEventException.class)
          .hasMessageContaining("key");
    }
  }

  @Test
  void shouldRefuseAnEventWithNeitherBytesNorReference() {
    assertThatThrownBy(() -> read(KEY, new byte[0]))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("ce_dataref");
  }

  @Test
  void shouldRefuseMoreExtensionsThanAreCarried() {
    with("ce_note", "x".repeat(UploadEventReader.EXTENSION_BYTES_MAX + 1));
    assertThatThrownBy(() -> read(KEY, IMAGE))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("extension");
  }

  private UploadEventReaderTest with(String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
    return this;
  }

  private UploadEvent read(byte @Nullable [] key, byte @Nullable [] value) {
    return reader.read(key, headers, value, TIMESTAMP, "fallback");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce_tenant", "ce_category"})
  void shouldRefuseALabelThatTheIndexWouldNotTake(String name) {
    with(name, "x".repeat(UploadEventReader.LABEL_BYTES_MAX + 1));

    assertThatThrownBy(() -> read(KEY, IMAGE))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining(name);
  }

  @Test
  void shouldRefuseAStructuredEventOfAnOlderVersion() {
    with("content-type", "application/cloudevents+json");
    byte[] event =
        "{\"specversion\":\"0.3\",\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"data\":\"x\"}"
            .getBytes(UTF_8);

    assertThatThrownBy(() -> read(KEY, event))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("1.0");
  }
}
