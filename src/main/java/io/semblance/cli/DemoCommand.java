package io.semblance.cli;

import io.quarkus.runtime.Quarkus;
import io.semblance.broker.ListeningPort;
import io.semblance.cli.demo.Demonstration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
  private static final int BROKER_PORT = 9092;
  private static final int ANY_PORT = 0;
  private static final String SEARCH_MODEL = "search";

  @Spec private CommandSpec spec;

  @Option(
      names = "--once",
      description =
          "End after the alerts: with status 0 only if every copy was alerted and nothing else was.")
  private boolean once;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Where REST is served; 8080 by default.")
  private @Nullable Integer port;

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      description = "Where the broker listens; 9092 by default, or another port if that is taken.")
  private @Nullable Integer brokerPort;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      description =
          "Where state is kept, emptied at each start; .semblance/demo in Semblance's folder by default.")
  private @Nullable Path stateDirectory;

  @Option(
      names = "--search-model",
      paramLabel = "DIR",
      description =
          "A further model, for searches: its index is named search. With a text tower it finds"
              + " the photographs by text and classifies them.")
  private @Nullable Path searchModel;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    System.setProperty("quarkus.log.console.level", "WARN");
    Path state =
        stateDirectory == null
            ? ServiceProperties.stateDirectory().resolve("demo")
            : stateDirectory.normalize();
    ServiceProperties.setPort(port);
    ServiceProperties.setStateDirectory(state);
    ServiceProperties.setSearchModel(SEARCH_MODEL, searchModel);
    ServiceProperties.requireSound();
    try (StateDirectory directory = StateDirectory.ofDemonstration(state)) {
      ServiceProperties.requireFreePort();
      int listens = brokerPort();
      directory.empty();
      out.println("Starting a Kafka broker and the service ...");
      out.flush();
      String bootstrapServers = EmbeddedService.startBroker(state, listens);
      Thread.ofPlatform()
          .name("demo")
          .daemon()
          .start(() -> demonstrate(new Demonstration(bootstrapServers, out), out));
      return EmbeddedService.run();
    }
  }

  /** Returns the port that clients look at by themselves, unless another is wanted or needed. */
  private int brokerPort() {
    if (brokerPort != null) {
      ListeningPort.ofLoopback(brokerPort).requireFree("--broker-port");
      return brokerPort;
    }
    return ListeningPort.ofLoopback(BROKER_PORT).obstacle().isEmpty() ? BROKER_PORT : ANY_PORT;
  }

  private void demonstrate(Demonstration demonstration, PrintWriter out) {
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
    out.println(Greeting.ofService().text("Serving until Ctrl-C:"));
    out.flush();
  }
}
