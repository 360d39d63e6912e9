package io.semblance.cli;

import io.quarkus.runtime.Quarkus;
import io.semblance.cli.demo.Demonstration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Broker, service and the demonstration in one process. */
@Command(
    name = "demo",
    description =
        "Start a broker and the service, upload the shipped photographs and edited copies of them,"
            + " print the alerts, then serve REST until Ctrl-C.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final Duration START_LIMIT = Duration.ofMinutes(3);

  @Spec private CommandSpec spec;

  @Option(
      names = "--once",
      description =
          "End after the alerts: with status 0 only if every copy was alerted and nothing else was.")
  private boolean once;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Where REST is served; ${DEFAULT-VALUE} by default.")
  private int port;

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Where the broker listens; a free port by default.")
  private int brokerPort;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      defaultValue = ".semblance/demo",
      description = "Where state is kept, emptied at each start; ${DEFAULT-VALUE} by default.")
  private Path stateDirectory = Path.of("");

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    System.setProperty("quarkus.log.console.level", "WARN");
    empty(stateDirectory);
    out.println("Starting a Kafka broker and the service ...");
    out.flush();
    String bootstrapServers = EmbeddedService.startBroker(stateDirectory, brokerPort);
    Thread.ofPlatform()
        .name("demo")
        .daemon()
        .start(() -> demonstrate(new Demonstration(bootstrapServers, out), bootstrapServers, out));
    return EmbeddedService.run(stateDirectory, port);
  }

  private void demonstrate(Demonstration demonstration, String bootstrapServers, PrintWriter out) {
    boolean ok = false;
    try {
      EmbeddedService.awaitStart(START_LIMIT);
      ok = demonstration.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      spec.commandLine().getErr().println("semblance: the demonstration failed: " + e.getMessage());
      spec.commandLine().getErr().flush();
    }
    if (once) {
      Quarkus.asyncExit(ok ? 0 : 1);
      return;
    }
    out.println();
    out.println("Serving until Ctrl-C:");
    out.println("  Swagger UI   http://localhost:%d/q/swagger-ui".formatted(port));
    out.println("  status       http://localhost:%d/v1/status".formatted(port));
    out.println("  Kafka        " + bootstrapServers);
    out.flush();
  }

  private static void empty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> entries;
    try (Stream<Path> walk = Files.walk(directory)) {
      entries = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : entries) {
      Files.delete(entry);
    }
  }
}
