package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.format.EventDeserializationException;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of the topic {@code image-uploads}: CloudEvents 1.0 in binary mode (attributes in
 * headers, the image as the value) and in structured mode (one JSON document as the value), and
 * plain records without any attribute, as command-line tools produce them.
 *
 * <p>Whether bytes are those of an image they tell themselves; only the content type {@code
 * text/plain} makes a text of them, and its embedding says so.
 *
 * <p>A null value without a reference deletes the image; so does an event of type {@link
 * EventTypes#IMAGE_DELETED} in either mode. Stateless; safe for use by several threads.
 */
public final class UploadEventReader {
  /** Longest image id, in bytes of UTF-8. */
  public static final int IMAGE_ID_BYTES_MAX = 512;

  /** Longest CloudEvents id and source, in bytes of UTF-8 each. */
  public static final int EVENT_ID_BYTES_MAX = 1024;

  /** Most bytes that the names and values of an event's extension attributes may take in all. */
  public static final int EXTENSION_BYTES_MAX = 8 * 1024;

  /** Longest tenant and category, in bytes of UTF-8 each. */
  public static final int LABEL_BYTES_MAX = 1024;

  /** The extension that carries an upload's reference on, whose content is the image itself. */
  public static final String IMAGE_URI = "imageuri";

  private static final String STRUCTURED_PREFIX = "application/cloudevents";
  private static final String STRUCTURED_JSON = "application/cloudevents+json";
  private static final String DATA_REFERENCE = "dataref";
  private static final String DEFAULT_SOURCE = "urn:semblance:image-uploads";

  /**
   * Attributes with a meaning of their own; what {@link EmbeddingHeaders} writes is not carried.
   */
  private static final Set<String> NOT_CARRIED =
      Stream.concat(
              Stream.of("datacontenttype", "dataschema", DATA_REFERENCE, EventMetadata.MEDIA_TYPE),
              EmbeddingHeaders.OWN.stream()
                  .map(name -> name.substring(CloudEventHeaders.PREFIX.length())))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * Reads one record.
   *
   * @param key the record's key: the image id in UTF-8
   * @param timestamp the record's timestamp, in milliseconds since the epoch; stands in for a
   *     missing {@code ce_time}
   * @param fallbackId stands in for a missing {@code ce_id}; names the record uniquely
   * @throws InvalidEventException if the record breaks the wire contract
   */
  public UploadEvent read(
      byte @Nullable [] key,
      Headers headers,
      byte @Nullable [] value,
      long timestamp,
      String fallbackId) {
    String imageId = imageId(key);
    String contentType = CloudEventHeaders.text(headers, CloudEventHeaders.CONTENT_TYPE);
    if (contentType != null
        && contentType.toLowerCase(Locale.ROOT).startsWith(STRUCTURED_PREFIX)
        && value != null) {
      return structured(imageId, contentType, value, timestamp);
    }
    return binary(imageId, contentType, headers, value, timestamp, fallbackId);
  }

  private static String imageId(byte @Nullable [] key) {
    if (key == null || key.length == 0) {
      throw new InvalidEventException(
          "the record has no key: produce it with the image id as its key");
    }
    if (key.length > IMAGE_ID_BYTES_MAX) {
      throw new InvalidEventException(
          "the key has %d bytes: an image id has at most %d"
              .formatted(key.length, IMAGE_ID_BYTES_MAX));
    }
    String id;
    try {
      id = UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidEventException("the key is not UTF-8: an image id is text", e);
    }
    if (id.isBlank() || id.indexOf('\0') >= 0) {
      throw new InvalidEventException("the key is blank or contains NUL: give the image an id");
    }
    return id;
  }

  private static UploadEvent binary(
      String imageId,
      @Nullable String contentType,
      Headers headers,
      byte @Nullable [] value,
      long timestamp,
      String fallbackId) {
    Map<String, String> attributes = new HashMap<>();
    for (Header header : headers) {
      String name = header.key().toLowerCase(Locale.ROOT);
      if (name.startsWith(CloudEventHeaders.PREFIX) && header.value() != null) {
        attributes.put(
            name.substring(CloudEventHeaders.PREFIX.length()), new String(header.value(), UTF_8));
      }
    }
    requireVersion(attributes.getOrDefault("specversion", "1.0"));
    Instant time =
        attributes.containsKey("time")
            ? time(attributes.get("time"))
            : Instant.ofEpochMilli(timestamp);
    EventMetadata metadata =
        metadata(
            attributes.getOrDefault("id", fallbackId),
            attributes.getOrDefault("source", DEFAULT_SOURCE),
            time,
            attributes);
    return event(
        imageId,
        attributes.get("type"),
        attributes.get(DATA_REFERENCE),
        contentType,
        value,
        metadata);
  }

  private static UploadEvent structured(
      String imageId, String contentType, byte[] value, long timestamp) {
    if (!contentType.toLowerCase(Locale.ROOT).startsWith(STRUCTURED_JSON)) {
      throw new InvalidEventException(
          "content-type %s is not supported: structured CloudEvents are %s"
              .formatted(contentType, STRUCTURED_JSON));
    }
    CloudEvent cloudEvent;
    try {
      cloudEvent = new JsonFormat().deserialize(value);
    } catch (EventDeserializationException | IllegalStateException | NullPointerException e) {
      throw new InvalidEventException(
          "the value is no CloudEvents 1.0 JSON document, though content-type says so: "
              + e.getMessage(),
          e);
    }
    requireVersion(cloudEvent.getSpecVersion().toString());
    Map<String, String> attributes = new HashMap<>();
    for (String name : cloudEvent.getExtensionNames()) {
      attributes.put(name, String.valueOf(cloudEvent.getExtension(name)));
    }
    OffsetDateTime stated = cloudEvent.getTime();
    Instant time = stated == null ? Instant.ofEpochMilli(timestamp) : stated.toInstant();
    EventMetadata metadata =
        metadata(cloudEvent.getId(), cloudEvent.getSource().toString(), time, attributes);
    CloudEventData data = cloudEvent.getData();
    return event(
        imageId,
        cloudEvent.getType(),
        attributes.get(DATA_REFERENCE),
        cloudEvent.getDataContentType(),
        data == null ? new byte[0] : data.toBytes(),
        metadata);
  }

  private static UploadEvent event(
      String imageId,
      @Nullable String type,
      @Nullable String reference,
      @Nullable String contentType,
      byte @Nullable [] value,
      EventMetadata metadata) {
    boolean hasBytes = value != null && value.length > 0;
    if (EventTypes.IMAGE_DELETED.equals(type) || (value == null && reference == null)) {
      return new UploadEvent.Deletion(imageId, metadata);
    }
    if (value != null && hasBytes) {
      return new UploadEvent.Inline(
          imageId, value, contentType, isText(contentType) ? metadata.ofText() : metadata);
    }
    if (reference == null) {
      throw new InvalidEventException(
          "the event has neither image bytes nor a ce_dataref: send one of them,"
              + " or a null value to delete the image");
    }
    try {
      return new UploadEvent.Reference(imageId, new URI(reference), metadata);
    } catch (URISyntaxException e) {
      throw new InvalidEventException("ce_dataref is no URI: " + e.getMessage(), e);
    }
  }

  /** Returns whether bytes of this content type, parameters and all, are read as a text. */
  public static boolean isText(@Nullable String contentType) {
    return contentType != null
        && contentType.split(";", 2)[0].strip().equalsIgnoreCase(EventMetadata.TEXT);
  }

  private static EventMetadata metadata(
      String id, String source, Instant time, Map<String, String> attributes) {
    if (id.getBytes(UTF_8).length > EVENT_ID_BYTES_MAX
        || source.getBytes(UTF_8).length > EVENT_ID_BYTES_MAX) {
      throw new InvalidEventException(
          "ce_id or ce_source is longer than %d bytes".formatted(EVENT_ID_BYTES_MAX));
    }
    Map<String, String> extensions = new HashMap<>(attributes);
    String reference = extensions.get(DATA_REFERENCE);
    extensions.keySet().removeAll(NOT_CARRIED);
    if (reference != null) {
      extensions.put(IMAGE_URI, reference);
    }
    long bytes = 0;
    for (Map.Entry<String, String> extension : extensions.entrySet()) {
      bytes += extension.getKey().length() + extension.getValue().getBytes(UTF_8).length;
    }
    if (bytes > EXTENSION_BYTES_MAX) {
      throw new InvalidEventException(
          "the event's extension attributes take %d bytes: at most %d are carried"
              .formatted(bytes, EXTENSION_BYTES_MAX));
    }
    EventMetadata metadata = new EventMetadata(id, source, time, extensions);
    requireShort(CloudEventHeaders.TENANT, metadata.tenant());
    requireShort(CloudEventHeaders.CATEGORY, metadata.category());
    return metadata;
  }

  private static void requireShort(String name, String value) {
    int bytes = value.getBytes(UTF_8).length;
    if (bytes > LABEL_BYTES_MAX) {
      throw new InvalidEventException(
          "%s has %d bytes: at most %d".formatted(name, bytes, LABEL_BYTES_MAX));
    }
  }

  private static void requireVersion(String version) {
    if (!version.equals("1.0")) {
      throw new InvalidEventException(
          "ce_specversion is %s: only CloudEvents 1.0 is read".formatted(version));
    }
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new InvalidEventException(
          "ce_time is \"%s\": it must be an RFC 3339 time such as 2026-01-31T12:00:00Z"
              .formatted(text),
          e);
    }
  }
}
