package io.semblance.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the service until it is told to stop. */
@Command(
    name = "serve",
    description = "Run the service: embed uploads, keep the index, emit alerts, answer searches.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  private static final int BROKER_PORT = 9092;

  @Spec private CommandSpec spec;

  @Option(
      names = "--embedded-broker",
      description = "Run a Kafka broker in this process; no other Kafka is needed.")
  private boolean embeddedBroker;

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      description = "Where the embedded broker listens; 9092 by default.")
  private @Nullable Integer brokerPort;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description =
          "The Kafka broker; by default $KAFKA_BOOTSTRAP_SERVERS (kafka.bootstrap.servers), localhost:9092.")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Where REST is served; by default $QUARKUS_HTTP_PORT (quarkus.http.port), 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      description =
          "Where state is kept; by default $SEMBLANCE_STATE_DIRECTORY (semblance.state-directory), .semblance in Semblance's folder.")
  private @Nullable Path stateDirectory;

  @Override
  public Integer call() throws IOException {
    requireSense();
    ServiceProperties.setPort(port);
    ServiceProperties.setStateDirectory(stateDirectory);
    ServiceProperties.setBootstrapServers(bootstrapServers);
    Path state = ServiceProperties.stateDirectory();
    ServiceProperties.requireSound();
    try (StateDirectory _ = StateDirectory.ofService(state)) {
      ServiceProperties.requireFreePort();
      if (embeddedBroker) {
        EmbeddedService.startBroker(state, brokerPort == null ? BROKER_PORT : brokerPort);
      }
      PrintWriter out = spec.commandLine().getOut();
      EmbeddedService.whenReady(() -> {
        out.println(Greeting.ofService().text("Semblance is ready, until Ctrl-C:"));
        out.flush();
      });
      return EmbeddedService.run();
    }
  }

  private void requireSense() {
    if (embeddedBroker && bootstrapServers != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--embedded-broker starts a broker, --bootstrap-servers names another: give one of them");
    }
    if (!embeddedBroker && brokerPort != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--broker-port is where --embedded-broker listens: give both, or name another broker with --bootstrap-servers");
    }
  }
}
