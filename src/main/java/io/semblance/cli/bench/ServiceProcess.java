package io.semblance.cli.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The service with its embedded broker in a Java process of its own. */
final class ServiceProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final int LOG_LINES_SHOWN = 20;

  private final Process process;
  private final Thread stopper;
  private final Path log;
  private final String bootstrapServers;

  private ServiceProcess(Process process, Path log, String bootstrapServers) {
    this.process = process;
    this.log = log;
    this.bootstrapServers = bootstrapServers;
    stopper = Thread.ofPlatform().unstarted(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(stopper);
  }

  /**
   * Starts the service and returns when it is ready.
   *
   * @param home the folder that Semblance lies in
   * @param model the model package it shall load
   * @param directory for its state and its log
   * @param batchSizeMax most images of one forward pass
   * @param properties further ones, as Java takes them
   */
  static ServiceProcess start(
      Path home, Path model, Path directory, int batchSizeMax, List<String> properties)
      throws IOException, InterruptedException {
    int brokerPort = freePort();
    int port = freePort();
    Path log = directory.resolve("service.log");
    List<String> command = new ArrayList<>(OwnJava.command(home));
    command.add("-Dsemblance.model.directory=" + model.toAbsolutePath());
    command.add("-Dsemblance.embedding.batch-size-max=" + batchSizeMax);
    command.addAll(properties);
    command.addAll(List.of("-jar", jar().toString(), "serve", "--embedded-broker"));
    command.addAll(List.of("--broker-port", Integer.toString(brokerPort)));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--state-directory", directory.resolve("state").toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .directory(directory.toFile())
            .start();
    ServiceProcess service = new ServiceProcess(process, log, "127.0.0.1:" + brokerPort);
    try {
      service.awaitReady(URI.create("http://127.0.0.1:%d/q/health/ready".formatted(port)));
      return service;
    } catch (IOException | InterruptedException | RuntimeException e) {
      service.close();
      throw e;
    }
  }

  private static Path jar() {
    return OwnJava.jar()
        .orElseThrow(() ->
            new IllegalStateException(
                "the bench runs the packaged service: build it and start the bench with"
                    + " ./semblance"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitReady(URI uri) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(REQUEST_LIMIT).build();
    long started = System.nanoTime();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (System.nanoTime() - started < START_LIMIT.toNanos()) {
        requireAlive();
        try {
          if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
            return;
          }
        } catch (IOException e) {
          // not listening yet
        }
        Thread.sleep(PAUSE);
      }
    }
    throw new IllegalStateException(
        "the service was not ready within %s; its log ends with:%n%s"
            .formatted(START_LIMIT, endOfLog()));
  }

  /**
   * @throws IllegalStateException with the end of its log if the service has ended
   */
  void requireAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "the service ended with status %d; its log ends with:%n%s"
              .formatted(process.exitValue(), endOfLog()));
    }
  }

  private String endOfLog() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join(
        System.lineSeparator(),
        lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
  }

  /** Returns the broker's address. */
  String bootstrapServers() {
    return bootstrapServers;
  }

  /** Returns the memory that the process holds now, in MiB; 0 where the system does not tell. */
  long residentMebibytes() throws IOException {
    return status("VmRSS:");
  }

  /** Returns the most memory that the process has held, in MiB; 0 if unknown. */
  long residentMebibytesMax() throws IOException {
    return status("VmHWM:");
  }

  private long status(String field) throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
          .findFirst()
          .orElse(0);
    }
  }

  /** Returns the processor time that the process has used; zero if unknown. */
  Duration processorTime() {
    return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Stops the service and waits for its end. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(stopper);
    } catch (IllegalStateException e) {
      // this process is ending: the hook runs
    }
  }
}
