package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class EmbeddingHeadersTest {
  private static final EmbeddingMetadata METADATA =
      new EmbeddingMetadata(
          "model",
          "1",
          "f".repeat(64),
          "0123456789abcdef".repeat(4),
          640,
          480,
          true,
          new EventMetadata(
              "e1",
              "/shop",
              Instant.parse("2026-01-31T12:00:00.123456789Z"),
              Map.of("tenant", "acme", "seller", "Zoë")));

  @Test
  void shouldReadBackWhatWasWritten() {
    Headers headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo", 4, METADATA);
    assertThat(EmbeddingHeaders.read(headers)).isEqualTo(METADATA);
  }

  @Test
  void shouldReplaceTheUploadsOwnHeadersAndKeepTheTrace() {
    Headers headers = new RecordHeaders();
    headers.add("ce_id", "upload".getBytes(UTF_8));
    headers.add("content-type", "image/jpeg".getBytes(UTF_8));
    headers.add("traceparent", "00-1-2-01".getBytes(UTF_8));

    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo", 4, METADATA);

    assertThat(CloudEventHeaders.text(headers, "ce_id")).isEqualTo("e1/embedding");
    assertThat(CloudEventHeaders.text(headers, "ce_causationid")).isEqualTo("e1");
    assertThat(CloudEventHeaders.text(headers, "content-type"))
        .isEqualTo("application/octet-stream");
    assertThat(CloudEventHeaders.text(headers, "traceparent")).isEqualTo("00-1-2-01");
  }

  @Test
  void shouldNameAMissingHeader() {
    Headers headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo", 4, METADATA);
    headers.remove(CloudEventHeaders.CONTENT_HASH);
    assertThatThrownBy(() -> EmbeddingHeaders.read(headers))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("ce_contenthash");
  }

  @Test
  void shouldKeepMetadataInTheBytesOfARow() {
    EmbeddingMetadataCodec codec = new EmbeddingMetadataCodec("model", "1", "f".repeat(64));
    assertThat(codec.decode(codec.encode(METADATA))).isEqualTo(METADATA);
  }

  @Test
  void shouldNameAPairTheSameFromEitherSide() {
    assertThat(PairId.of("a", "1", "b", "2")).isEqualTo(PairId.of("b", "2", "a", "1"));
    assertThat(PairId.of("a", "1", "b", "2")).isNotEqualTo(PairId.of("a", "2", "b", "1"));
  }

  @Test
  void shouldCarryNothingElseThatAnUploaderAdds() {
    Headers headers = new RecordHeaders();
    headers.add("application-header", new byte[100_000]);
    headers.add("tracestate", new byte[EmbeddingHeaders.TRACE_BYTES_MAX + 1]);

    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo", 4, METADATA);

    assertThat(headers.lastHeader("application-header")).isNull();
    assertThat(headers.lastHeader("tracestate")).isNull();
  }

  @Test
  void shouldPassOverHeadersWithoutValue() {
    Headers headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo", 4, METADATA);
    headers.add("ce_seller", null);

    assertThat(EmbeddingHeaders.read(headers).upload().extensions()).containsKey("tenant");
  }
}
