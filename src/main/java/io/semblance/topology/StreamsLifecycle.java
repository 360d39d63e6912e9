package io.semblance.topology;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;

import io.quarkus.runtime.ShutdownEvent;
import io.semblance.store.IndexMismatchException;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jboss.logging.Logger;

/** What happens when a stream thread fails and when the service stops. */
@ApplicationScoped
class StreamsLifecycle implements StreamsUncaughtExceptionHandler {
  private static final Logger LOG = Logger.getLogger(StreamsLifecycle.class);
  private static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  /**
   * Replaces a thread that failed by a fault that may pass, such as a broker that is away; stops
   * the client where state is refused, since going on would mix what must not be mixed.
   */
  @Override
  public StreamThreadExceptionResponse handle(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IndexMismatchException) {
        LOG.errorf("The index is refused, and this instance stops: %s", cause.getMessage());
        return SHUTDOWN_CLIENT;
      }
    }
    LOG.errorf(failure, "A stream thread failed and is replaced: %s", failure.getMessage());
    return REPLACE_THREAD;
  }

  /**
   * Leaves the consumer group on the way out, so that the partitions move at once instead of after
   * the session timeout. Comes before the extension's own stop, which would not leave.
   */
  void stop(@Observes @Priority(100) ShutdownEvent event, KafkaStreams streams) {
    boolean closed =
        streams.close(
            CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(CLOSE_TIME_LIMIT));
    if (!closed) {
      LOG.warnf("The streams did not stop within %s", CLOSE_TIME_LIMIT);
    }
  }
}
