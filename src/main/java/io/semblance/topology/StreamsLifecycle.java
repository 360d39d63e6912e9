package io.semblance.topology;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;

import io.quarkus.runtime.ShutdownEvent;
import io.semblance.store.IndexMismatchException;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jboss.logging.Logger;

/** What happens when a stream thread fails and when the service stops. */
@ApplicationScoped
class StreamsLifecycle implements StreamsUncaughtExceptionHandler {
  private static final Logger LOG = Logger.getLogger(StreamsLifecycle.class);
  private static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  private final ThreadReplacements replacements = new ThreadReplacements();

  /**
   * Replaces a thread that failed by a fault that may pass, such as a broker that is away, as often
   * as {@link ThreadReplacements} lets; stops the client where state is refused, since going on
   * would mix what must not be mixed.
   */
  @Override
  public StreamThreadExceptionResponse handle(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IndexMismatchException) {
        LOG.errorf("The index is refused, and this instance stops: %s", cause.getMessage());
        return SHUTDOWN_CLIENT;
      }
    }
    Optional<Duration> pause = replacements.next(System.nanoTime());
    if (pause.isEmpty()) {
      LOG.errorf(
          failure,
          "%d stream threads failed within %s, and this instance stops; the last cause: %s",
          ThreadReplacements.REPLACEMENTS_MAX,
          ThreadReplacements.WINDOW,
          explain(failure));
      return SHUTDOWN_CLIENT;
    }
    LOG.errorf(
        failure, "A stream thread failed and is replaced in %s: %s", pause.get(), explain(failure));
    try {
      Thread.sleep(pause.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return REPLACE_THREAD;
  }

  /** Returns the message of the innermost cause, with a remedy where there is a known one. */
  static String explain(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage());
    if (message.contains("No space left on device")) {
      return message + ": make room in semblance.state-directory; nothing is lost";
    }
    if (cause instanceof AuthorizationException) {
      return message + ": allow it to this service's Kafka principal";
    }
    return cause.getClass().getSimpleName() + ": " + message;
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
