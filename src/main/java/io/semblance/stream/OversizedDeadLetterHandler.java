package io.semblance.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DefaultProductionExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter that the broker refuses for its size is sent again without its value, whose place
 * its headers name: else its record would fail, come again and fail for ever. Everything else fails
 * the thread, as by default. Kafka makes one instance for each thread, by reflection.
 */
public final class OversizedDeadLetterHandler extends DefaultProductionExceptionHandler {
  /** Header of a dead letter whose value was left out: how many bytes it had. */
  public static final String OMITTED_BYTES = "semblance-omitted-value-bytes";

  private static final Logger LOG = System.getLogger(OversizedDeadLetterHandler.class.getName());

  /** Longest header that is kept beside the record's position, in bytes. */
  private static final int HEADER_BYTES_MAX = 8 * 1024;

  private @Nullable String deadLetterTopic;

  @Override
  public void configure(Map<String, ?> configuration) {
    super.configure(configuration);
    Object topic = configuration.get(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG);
    deadLetterTopic = topic == null ? null : topic.toString();
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, ProducerRecord<byte[], byte[]> record, Exception failure) {
    if (!(failure instanceof RecordTooLargeException) || !record.topic().equals(deadLetterTopic)) {
      return super.handleError(context, record, failure);
    }
    LOG.log(
        Level.WARNING,
        "the dead letter of {0}-{1}@{2} is sent without its value: {3}",
        context.topic(),
        context.partition(),
        Long.toString(context.offset()),
        failure.getMessage());
    if (record.headers().lastHeader(OMITTED_BYTES) != null) {
      return Response.resume(); // its key alone is too large: the log line is what is left
    }
    return Response.resume(List.of(withoutValue(record)));
  }

  private static ProducerRecord<byte[], byte[]> withoutValue(
      ProducerRecord<byte[], byte[]> record) {
    Headers headers = new RecordHeaders();
    for (Header header : record.headers()) {
      if (header.value() == null || header.value().length <= HEADER_BYTES_MAX) {
        headers.add(header);
      }
    }
    int bytes = record.value() == null ? 0 : record.value().length;
    headers.add(OMITTED_BYTES, Integer.toString(bytes).getBytes(UTF_8));
    return new ProducerRecord<>(
        record.topic(), record.partition(), record.timestamp(), record.key(), new byte[0], headers);
  }
}
