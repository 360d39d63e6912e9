package io.semblance.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
  @Spec private CommandSpec spec;

  @Option(
      names = "--embedded-broker",
      description = "Run a Kafka broker in this process; no other Kafka is needed.")
  private boolean embeddedBroker;

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Where the embedded broker listens; ${DEFAULT-VALUE} by default.")
  private int brokerPort;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "The Kafka broker; by default kafka.bootstrap.servers.")
  private String bootstrapServers = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Where REST is served; ${DEFAULT-VALUE} by default.")
  private int port;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      defaultValue = ".semblance",
      description = "Where state is kept; ${DEFAULT-VALUE} by default.")
  private Path stateDirectory = Path.of("");

  @Override
  public Integer call() {
    if (embeddedBroker && !bootstrapServers.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--embedded-broker starts a broker, --bootstrap-servers names another: give one of them");
    }
    PrintWriter err = spec.commandLine().getErr();
    if (embeddedBroker) {
      String address = EmbeddedService.startBroker(stateDirectory, brokerPort);
      err.println("Kafka broker at " + address + ", data in " + stateDirectory.resolve("broker"));
    } else if (!bootstrapServers.isEmpty()) {
      System.setProperty("kafka.bootstrap.servers", bootstrapServers);
    }
    err.flush();
    return EmbeddedService.run(stateDirectory, port);
  }
}
