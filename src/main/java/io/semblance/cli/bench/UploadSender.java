package io.semblance.cli.bench;

import io.semblance.event.CloudEventHeaders;
import io.semblance.event.UploadRecords;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Produces upload events. */
final class UploadSender implements AutoCloseable {
  private static final UploadRecords RECORDS = new UploadRecords("urn:semblance:bench");
  private static final int REQUEST_BYTES_MAX = 25 << 20;
  private static final long BUFFER_BYTES = 128L << 20;

  private final KafkaProducer<String, byte[]> producer;
  private volatile @Nullable Exception failure;

  UploadSender(String bootstrapServers) {
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "acks",
                "all",
                "enable.idempotence",
                true,
                "linger.ms",
                0,
                "max.request.size",
                REQUEST_BYTES_MAX,
                "buffer.memory",
                BUFFER_BYTES),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  /**
   * Sends one upload, without waiting for its acknowledgement.
   *
   * @throws IllegalStateException if an earlier one was refused
   */
  void send(String id, String tenant, byte[] image) {
    ProducerRecord<String, byte[]> record = RECORDS.image(id, "event-" + id, image);
    UploadRecords.setIfPresent(record, CloudEventHeaders.TENANT, tenant);
    Exception earlier = failure;
    if (earlier != null) {
      throw new IllegalStateException("an upload was refused: " + earlier.getMessage(), earlier);
    }
    producer.send(
        record,
        (position, refusal) -> {
          if (refusal != null) {
            failure = refusal;
          }
        });
  }

  @Override
  public void close() {
    producer.close();
  }
}
