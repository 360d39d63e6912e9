package io.semblance.cli;

import picocli.CommandLine.Option;

/** Which broker a client command talks to. */
final class BrokerOption {
  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:KAFKA_BOOTSTRAP_SERVERS:-localhost:9092}",
      description = "The Kafka broker; $KAFKA_BOOTSTRAP_SERVERS or ${DEFAULT-VALUE}.")
  String bootstrapServers = "";
}
