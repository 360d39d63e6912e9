package io.semblance.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process whose output goes to a file and that ends with this test at the latest. */
final class ChildProcess implements AutoCloseable {
  private static final Duration STOP_TIME_LIMIT = Duration.ofSeconds(40);

  private final String name;
  private final Path log;
  private final Process process;
  private final Thread hook;

  private ChildProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.hook = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts {@code command}; its output is appended to {@code log}. */
  static ChildProcess start(String name, List<String> command, Path log) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      return new ChildProcess(name, log, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns the status of a process that has ended. */
  int exitStatus() {
    return process.exitValue();
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    waitFor();
  }

  /** SIGTERM; returns when the process is gone, false if it had to be killed. */
  boolean terminate() {
    process.destroy();
    try {
      if (process.waitFor(STOP_TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
    return false;
  }

  private void waitFor() {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Fails with the end of the log if the process has ended by itself. */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new AssertionError(
          "%s has ended with status %d:%n%s".formatted(name, process.exitValue(), logTail()));
    }
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    waitFor();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // this JVM is going down: the hook does the same again
    }
  }
}
