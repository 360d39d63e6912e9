package io.semblance.topology;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.apache.kafka.streams.errors.TaskCorruptedException;

/**
 * Has Kafka Streams say in one line that it builds a task again, a warning: without its stack
 * trace, and without the error before it. It is no fault of the code, and the store has said what
 * it discards and why.
 */
@LoggingFilter(name = "corrupted-tasks")
public final class CorruptedTaskFilter implements Filter {
  @Override
  public boolean isLoggable(LogRecord line) {
    if (!(line.getThrown() instanceof TaskCorruptedException)) {
      return true;
    }
    line.setThrown(null);
    return line.getLevel().intValue() < Level.SEVERE.intValue();
  }
}
