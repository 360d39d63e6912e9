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

  private OwnJava() {}

  /** Returns the packaged application; empty if this process was started from classes. */
  static Optional<Path> jar() {
    Path jar = Path.of(System.getProperty("java.class.path", ""));
    return jar.endsWith(JAR) && Files.isRegularFile(jar)
        ? Optional.of(jar.toAbsolutePath())
        : Optional.empty();
  }

  /** Returns Java with the options of this process, those of {@code JAVA_OPTS} included. */
  static List<String> command(Path home) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Dsemblance.home=" + home.toAbsolutePath());
    return command;
  }
}
