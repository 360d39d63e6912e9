package io.semblance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs from INFO up, without stack traces, until it is closed. */
public final class LogLines extends Handler implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final SimpleFormatter formatter = new SimpleFormatter();
  private final Logger logger;
  private final Level level;

  public LogLines(Class<?> source) {
    this(source.getName());
  }

  /** Of a class that is not visible, by its name. */
  public LogLines(String source) {
    logger = Logger.getLogger(source);
    level = logger.getLevel();
    logger.setLevel(Level.INFO);
    logger.addHandler(this);
  }

  /** Returns the messages so far. */
  public List<String> all() {
    return List.copyOf(lines);
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(formatter.formatMessage(line));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setLevel(level);
  }
}
