package io.semblance.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Sends a record that cannot be processed to the dead letters, and says so in one line: the stack
 * trace is in the dead letter. Kafka makes one instance for each thread, by reflection.
 */
public final class DeadLetterProcessingHandler extends LogAndContinueProcessingExceptionHandler {
  private static final Logger LOG = System.getLogger(DeadLetterProcessingHandler.class.getName());

  /** Longest key that is logged, in bytes. */
  private static final int KEY_BYTES_MAX = 200;

  @Override
  public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
    LOG.log(
        Level.WARNING,
        "to the dead letters: {0}, from {1}-{2}@{3}: {4}",
        key(context.sourceRawKey()),
        context.topic(),
        context.partition(),
        Long.toString(context.offset()),
        failure.getMessage());
    return super.handleError(context, record, failure);
  }

  private static String key(byte @Nullable [] key) {
    return key == null
        ? "a record without key"
        : new String(key, 0, Math.min(key.length, KEY_BYTES_MAX), UTF_8);
  }
}
