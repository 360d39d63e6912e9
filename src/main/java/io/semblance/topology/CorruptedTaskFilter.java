package io.semblance.topology;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.apache.kafka.streams.errors.TaskCorruptedException;

/**
 * Takes the stack trace off the line by which Kafka Streams says that it builds a task again: it is
 * no fault of the code, and the store has said what it discards and why.
 */
@LoggingFilter(name = "corrupted-tasks")
public final class CorruptedTaskFilter implements Filter {
  @Override
  public boolean isLoggable(LogRecord line) {
    if (line.getThrown() instanceof TaskCorruptedException) {
      line.setThrown(null);
    }
    return true;
  }
}
