package io.semblance.cli.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts the packaged application that this process was started from once more. */
final class OwnJava {
  private static final String JAR = "quarkus-run.jar";

  /** What two processes cannot share, or what is meant for one: agents, recordings and logs. */
  private static final List<String> NOT_PASSED_ON =
      List.of("-agent", "-javaagent", "-XX:StartFlightRecording", "-XX:FlightRecorder", "-Xlog");

  private OwnJava() {}

  /** Returns the packaged application; empty if this process was started from classes. */
  static Optional<Path> jar() {
    Path jar = Path.of(System.getProperty("java.class.path", ""));
    return jar.endsWith(JAR) && Files.isRegularFile(jar)
        ? Optional.of(jar.toAbsolutePath())
        : Optional.empty();
  }

  /**
   * Returns Java with the options of this process, those of {@code JAVA_OPTS} included: what is
   * started has the same heap. Agents, recordings and logs are left out.
   */
  static List<String> command(Path home) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (NOT_PASSED_ON.stream().noneMatch(option::startsWith)) {
        command.add(option);
      }
    }
    command.add("-Dsemblance.home=" + home.toAbsolutePath());
    return command;
  }
}
