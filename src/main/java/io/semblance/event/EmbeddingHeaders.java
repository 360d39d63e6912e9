package io.semblance.event;

import static io.semblance.event.CloudEventHeaders.set;
import static io.semblance.event.CloudEventHeaders.text;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of {@code image-embeddings} records (and of the probes made from them): CloudEvents
 * attributes in binary mode, written and read back without loss.
 */
public final class EmbeddingHeaders {
  /** The source of the embeddings by which near-duplicates are told. */
  public static final String SOURCE = "urn:semblance:embeddings";

  private static final String UPLOAD_SOURCE = "ce_uploadsource";
  private static final String UPLOAD_TIME = "ce_uploadtime";
  private static final String VECTOR_CONTENT_TYPE = "application/octet-stream";

  /** W3C trace context. */
  private static final Set<String> TRACE_CONTEXT = Set.of("traceparent", "tracestate");

  /** Longest trace header that is carried on, in bytes; W3C asks for 512 at least. */
  static final int TRACE_BYTES_MAX = 1024;

  /** What is written here: an uploader's attributes of these names are not carried on. */
  static final Set<String> OWN =
      Set.of(
          CloudEventHeaders.SPEC_VERSION,
          CloudEventHeaders.ID,
          CloudEventHeaders.SOURCE,
          CloudEventHeaders.TYPE,
          CloudEventHeaders.TIME,
          CloudEventHeaders.SUBJECT,
          CloudEventHeaders.CAUSATION_ID,
          CloudEventHeaders.MODEL_ID,
          CloudEventHeaders.MODEL_VERSION,
          CloudEventHeaders.MODEL_FINGERPRINT,
          CloudEventHeaders.DIMENSION,
          CloudEventHeaders.CONTENT_HASH,
          CloudEventHeaders.WIDTH,
          CloudEventHeaders.HEIGHT,
          CloudEventHeaders.LOW_INFORMATION,
          UPLOAD_SOURCE,
          UPLOAD_TIME);

  private EmbeddingHeaders() {}

  /**
   * Replaces all headers but the trace context by those of an embedding. What else an uploader adds
   * would travel to every shard, without a limit.
   *
   * @param source the event's source: the same upload's embeddings by several models differ in it
   * @param imageId the image's id, the event's subject
   * @param dimension components of the vector
   */
  public static void write(
      Headers headers, String source, String imageId, int dimension, EmbeddingMetadata metadata) {
    clear(headers);
    EventMetadata upload = metadata.upload();
    upload
        .extensions()
        .forEach((name, value) -> set(headers, CloudEventHeaders.PREFIX + name, value));
    set(headers, CloudEventHeaders.SPEC_VERSION, "1.0");
    set(headers, CloudEventHeaders.ID, upload.eventId() + "/embedding");
    set(headers, CloudEventHeaders.SOURCE, source);
    set(headers, CloudEventHeaders.TYPE, EventTypes.IMAGE_EMBEDDED);
    set(headers, CloudEventHeaders.TIME, Instant.now().toString());
    set(headers, CloudEventHeaders.SUBJECT, imageId);
    set(headers, CloudEventHeaders.CONTENT_TYPE, VECTOR_CONTENT_TYPE);
    set(headers, CloudEventHeaders.CAUSATION_ID, upload.eventId());
    set(headers, UPLOAD_SOURCE, upload.source());
    set(headers, UPLOAD_TIME, upload.time().toString());
    set(headers, CloudEventHeaders.MODEL_ID, metadata.modelId());
    set(headers, CloudEventHeaders.MODEL_VERSION, metadata.modelVersion());
    set(headers, CloudEventHeaders.MODEL_FINGERPRINT, metadata.modelFingerprint());
    set(headers, CloudEventHeaders.DIMENSION, Integer.toString(dimension));
    set(headers, CloudEventHeaders.CONTENT_HASH, metadata.contentHash());
    set(headers, CloudEventHeaders.WIDTH, Integer.toString(metadata.width()));
    set(headers, CloudEventHeaders.HEIGHT, Integer.toString(metadata.height()));
    if (metadata.lowInformation()) {
      set(headers, CloudEventHeaders.LOW_INFORMATION, "true");
    }
  }

  /** Returns the source of the embeddings of a model for searches. */
  public static String source(String searchModel) {
    return SOURCE + ":" + searchModel;
  }

  /** Replaces all headers but the trace context by those of a deletion. */
  public static void writeDeletion(
      Headers headers, String source, String imageId, EventMetadata upload) {
    clear(headers);
    upload
        .extensions()
        .forEach((name, value) -> set(headers, CloudEventHeaders.PREFIX + name, value));
    set(headers, CloudEventHeaders.SPEC_VERSION, "1.0");
    set(headers, CloudEventHeaders.ID, upload.eventId() + "/deletion");
    set(headers, CloudEventHeaders.SOURCE, source);
    set(headers, CloudEventHeaders.TYPE, EventTypes.IMAGE_DELETED);
    set(headers, CloudEventHeaders.TIME, Instant.now().toString());
    set(headers, CloudEventHeaders.SUBJECT, imageId);
    set(headers, CloudEventHeaders.CAUSATION_ID, upload.eventId());
    set(headers, UPLOAD_SOURCE, upload.source());
    set(headers, UPLOAD_TIME, upload.time().toString());
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws InvalidEventException if a header is missing or malformed
   */
  public static EmbeddingMetadata read(Headers headers) {
    return new EmbeddingMetadata(
        required(headers, CloudEventHeaders.MODEL_ID),
        required(headers, CloudEventHeaders.MODEL_VERSION),
        required(headers, CloudEventHeaders.MODEL_FINGERPRINT),
        required(headers, CloudEventHeaders.CONTENT_HASH),
        number(headers, CloudEventHeaders.WIDTH),
        number(headers, CloudEventHeaders.HEIGHT),
        "true".equals(text(headers, CloudEventHeaders.LOW_INFORMATION)),
        readUpload(headers));
  }

  /** Reads the upload's part of an embedding's or a deletion's headers. */
  public static EventMetadata readUpload(Headers headers) {
    Map<String, String> extensions = new HashMap<>();
    for (Header header : headers) {
      if (header.key().startsWith(CloudEventHeaders.PREFIX)
          && header.value() != null
          && !OWN.contains(header.key())) {
        extensions.put(
            header.key().substring(CloudEventHeaders.PREFIX.length()),
            new String(header.value(), UTF_8));
      }
    }
    String time = required(headers, UPLOAD_TIME);
    try {
      return new EventMetadata(
          required(headers, CloudEventHeaders.CAUSATION_ID),
          required(headers, UPLOAD_SOURCE),
          Instant.parse(time),
          extensions);
    } catch (DateTimeException e) {
      throw new InvalidEventException(
          "%s is \"%s\": it must be a UTC time such as 2026-01-31T12:00:00Z"
              .formatted(UPLOAD_TIME, time),
          e);
    }
  }

  private static void clear(Headers headers) {
    for (Header header : headers.toArray()) {
      boolean kept =
          TRACE_CONTEXT.contains(header.key())
              && header.value() != null
              && header.value().length <= TRACE_BYTES_MAX;
      if (!kept) {
        headers.remove(header.key());
      }
    }
  }

  private static String required(Headers headers, String name) {
    String value = text(headers, name);
    if (value == null) {
      throw new InvalidEventException(
          "the header %s is missing: embeddings are written by Semblance alone".formatted(name));
    }
    return value;
  }

  private static int number(Headers headers, String name) {
    String value = required(headers, name);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new InvalidEventException("%s is \"%s\", not a number".formatted(name, value), e);
    }
  }
}
