package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

class CorruptedTaskFilterTest {
  private final CorruptedTaskFilter filter = new CorruptedTaskFilter();

  @Test
  void shouldTakeTheStackTraceOffATaskThatIsBuiltAgain() {
    LogRecord line = new LogRecord(Level.WARNING, "Detected the states of tasks [1_0]");
    line.setThrown(new TaskCorruptedException(Set.of(new TaskId(1, 0))));

    assertThat(filter.isLoggable(line)).isTrue();
    assertThat(line.getThrown()).isNull();
  }

  @Test
  void shouldPassOverTheErrorThatComesBeforeIt() {
    LogRecord line = new LogRecord(Level.SEVERE, "Failed to process stream task 1_0");
    line.setThrown(new TaskCorruptedException(Set.of(new TaskId(1, 0))));

    assertThat(filter.isLoggable(line)).isFalse();
  }

  @Test
  void shouldLeaveEveryOtherStackTrace() {
    LogRecord line = new LogRecord(Level.WARNING, "failed");
    line.setThrown(new IllegalStateException("a fault"));

    assertThat(filter.isLoggable(line)).isTrue();
    assertThat(line.getThrown()).isInstanceOf(IllegalStateException.class);
  }
}
