package io.semblance.api;

import static io.semblance.event.UploadRecords.setIfPresent;

import io.semblance.event.CloudEventHeaders;
import io.semblance.event.Topics;
import io.semblance.event.UploadRecords;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Produces uploads and deletions into {@code image-uploads}, as CloudEvents in binary mode, and
 * waits until all in-sync replicas have them. Safe for use by several threads.
 */
@Singleton
final class UploadProducer implements AutoCloseable {
  private static final UploadRecords RECORDS = new UploadRecords("urn:semblance:api");
  private static final String TRACE_PARENT = "traceparent";
  private static final int HEADER_BYTES_MAX = 64 * 1024;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final Producer<String, byte[]> producer;
  private final Duration timeLimit;
  private final LongSupplier nanoTime;

  @Inject
  UploadProducer(@Identifier("default-kafka-broker") Map<String, Object> kafka, ApiLimits limits) {
    this(
        new KafkaProducer<>(
            configuration(kafka, limits), new StringSerializer(), new ByteArraySerializer()),
        limits,
        System::nanoTime);
  }

  UploadProducer(Producer<String, byte[]> producer, ApiLimits limits, LongSupplier nanoTime) {
    this.producer = producer;
    this.nanoTime = nanoTime;
    timeLimit = limits.uploadTimeLimit();
  }

  private static Map<String, Object> configuration(Map<String, Object> kafka, ApiLimits limits) {
    int recordBytesMax = limits.imageBytesMax() + HEADER_BYTES_MAX;
    int timeLimit = Math.toIntExact(limits.uploadTimeLimit().toMillis());
    Map<String, Object> configuration = new HashMap<>(kafka);
    configuration.put(ProducerConfig.ACKS_CONFIG, "all");
    configuration.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    configuration.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    configuration.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, recordBytesMax);
    configuration.put(
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        (long) recordBytesMax * Math.min(4, limits.concurrentImagesMax()));
    configuration.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeLimit);
    configuration.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, timeLimit);
    configuration.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, timeLimit / 2));
    configuration.put(ProducerConfig.CLIENT_ID_CONFIG, "semblance-api-uploads");
    return configuration;
  }

  /**
   * What a request says of an upload.
   *
   * @param contentType of the bytes, where the client says so
   * @param traceParent the W3C trace context of the request, where it has one
   */
  record Origin(
      String tenant, String category, @Nullable String contentType, @Nullable String traceParent) {}

  /** Uploads an image's bytes. */
  UploadReceipt upload(String imageId, byte[] image, Origin origin) {
    String eventId = newEventId();
    return send(RECORDS.image(imageId, eventId, image), eventId, origin);
  }

  /** Uploads a reference to an image's bytes. */
  UploadReceipt upload(String imageId, URI dataReference, Origin origin) {
    String eventId = newEventId();
    return send(RECORDS.reference(imageId, eventId, dataReference.toString()), eventId, origin);
  }

  /** Has an image forgotten. */
  UploadReceipt delete(String imageId, Origin origin) {
    String eventId = newEventId();
    return send(RECORDS.deletion(imageId, eventId), eventId, origin);
  }

  private static String newEventId() {
    return UUID.randomUUID().toString();
  }

  private UploadReceipt send(ProducerRecord<String, byte[]> record, String eventId, Origin origin) {
    setIfPresent(record, CloudEventHeaders.TENANT, origin.tenant());
    setIfPresent(record, CloudEventHeaders.CATEGORY, origin.category());
    setIfPresent(record, CloudEventHeaders.CONTENT_TYPE, origin.contentType());
    setIfPresent(record, TRACE_PARENT, origin.traceParent());
    RecordMetadata stored = store(record);
    return new UploadReceipt(
        record.key(), origin.tenant(), eventId, stored.partition(), stored.offset());
  }

  private RecordMetadata store(ProducerRecord<String, byte[]> record) {
    String imageId = record.key();
    // One deadline for both waits, for the topic's metadata or memory and for the confirmation.
    long deadline = nanoTime.getAsLong() + timeLimit.toNanos();
    try {
      Future<RecordMetadata> stored = producer.send(record);
      long left = Math.max(0, deadline - nanoTime.getAsLong());
      return stored.get(left, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unconfirmed(imageId, "the service is stopping");
    } catch (ExecutionException e) {
      throw refused(imageId, e.getCause());
    } catch (TimeoutException e) {
      throw unconfirmed(imageId, "not within " + timeLimit);
    } catch (KafkaException e) {
      throw refused(imageId, e);
    }
  }

  private static ProblemException refused(String imageId, @Nullable Throwable cause) {
    if (cause instanceof RecordTooLargeException) {
      return ProblemException.tooLarge(
          "image-too-many-bytes",
          "Kafka refuses an upload of this size: raise max.message.bytes of %s, or upload a dataref"
              .formatted(Topics.IMAGE_UPLOADS));
    }
    return unconfirmed(imageId, String.valueOf(cause == null ? null : cause.getMessage()));
  }

  /** Kafka may have the event all the same, and a made-up id is known from this answer alone. */
  private static ProblemException unconfirmed(String imageId, String why) {
    return ProblemException.aboutImage(
        imageId,
        Response.Status.SERVICE_UNAVAILABLE.getStatusCode(),
        "upload-unconfirmed",
        "Kafka has not confirmed the event (%s): send it again with the id \"%s\", which replaces it"
            .formatted(why, imageId),
        RETRY_AFTER);
  }

  @Override
  @PreDestroy
  public void close() {
    producer.close(timeLimit);
  }
}
