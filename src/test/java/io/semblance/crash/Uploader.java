package io.semblance.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer as an application would have it: idempotent, patient, plain records. */
final class Uploader {
  private Uploader() {}

  /**
   * Sends every step in order and returns when the broker has all.
   *
   * @param allowance how many may have been sent; raised by another thread
   */
  static void upload(String bootstrapServers, List<UploadPlan.Step> steps, AtomicLong allowance) {
    Map<String, Object> configuration =
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "acks", "all",
            "enable.idempotence", "true",
            "linger.ms", "5",
            "request.timeout.ms", "10000",
            "delivery.timeout.ms", "300000");
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(configuration, new ByteArraySerializer(), new ByteArraySerializer())) {
      long sent = 0;
      for (UploadPlan.Step step : steps) {
        while (sent >= allowance.get()) {
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        producer.send(
            new ProducerRecord<>(
                Topics.IMAGE_UPLOADS, step.imageId().getBytes(UTF_8), step.image().get()),
            (metadata, exception) -> {
              if (exception != null) {
                failure.set(exception);
              }
            });
        sent++;
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new AssertionError("an upload did not reach the broker", failure.get());
    }
  }
}
