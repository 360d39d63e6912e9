package io.semblance.cli;

import io.quarkus.runtime.configuration.ConfigUtils;
import io.semblance.broker.ListeningPort;
import io.semblance.broker.TopicDeclaration;
import io.semblance.broker.TopicDeclarations;
import io.semblance.topology.ConfigurationCheck;
import io.smallrye.config.ConfigValidationException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the service will be configured with, read before it starts and from the same sources, so
 * that its ports and directories can be checked first. An option of the command line comes before
 * every other source; one that is not given leaves them alone.
 */
final class ServiceProperties {
  private static final String STATE_DIRECTORY = "semblance.state-directory";
  private static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";

  /** Kafka Streams' own, which comes before that of all clients. */
  private static final String STREAMS_BOOTSTRAP_SERVERS = "quarkus.kafka-streams.bootstrap-servers";

  private static final String TOPICS = "quarkus.kafka-streams.topics";
  private static final String PORT = "quarkus.http.port";
  private static final String HOST = "quarkus.http.host";

  private ServiceProperties() {}

  static void setStateDirectory(@Nullable Path directory) {
    set(STATE_DIRECTORY, directory);
  }

  static void setPort(@Nullable Integer port) {
    set(PORT, port);
  }

  static void setBootstrapServers(@Nullable String bootstrapServers) {
    set(BOOTSTRAP_SERVERS, bootstrapServers);
  }

  /** Has every part of the service use the broker in this process, whatever else is configured. */
  static void setEmbeddedBroker(String bootstrapServers) {
    setBootstrapServers(bootstrapServers);
    set(STREAMS_BOOTSTRAP_SERVERS, bootstrapServers);
  }

  /** Has uploads be embedded by a further model, for searches. */
  static void setSearchModel(String name, @Nullable Path directory) {
    set("semblance.search-models.%s.directory".formatted(name), directory);
  }

  private static void set(String property, @Nullable Object value) {
    if (value != null) {
      System.setProperty(property, value.toString());
    }
  }

  static Path stateDirectory() {
    return value(STATE_DIRECTORY, Path.class).normalize();
  }

  /** Returns the topics that the service needs, those of models for searches included. */
  static List<TopicDeclaration> topics() {
    return TopicDeclarations.with(List.of(value(TOPICS, String.class).split(",")));
  }

  static String bootstrapServers() {
    return value(BOOTSTRAP_SERVERS, String.class);
  }

  /** Returns where REST is served; 0 if the system chooses. */
  static int port() {
    return value(PORT, Integer.class);
  }

  /** Returns by which name a program on this machine reaches REST. */
  static String host() {
    String host = value(HOST, String.class);
    return address(host)
        .filter(address -> !address.isAnyLocalAddress() && !address.isLoopbackAddress())
        .map(_ -> host)
        .orElse("localhost");
  }

  /**
   * Checks that REST can be served.
   *
   * @throws io.semblance.broker.BrokerException with cause and remedy if its port is taken
   */
  static void requireFreePort() {
    address(value(HOST, String.class))
        .ifPresent(address -> new ListeningPort(address, port()).requireFree("--port"));
  }

  /**
   * Checks everything that the service is configured with, without opening anything.
   *
   * @throws IllegalArgumentException with the name of the property, its value and what to do
   */
  static void requireSound() {
    port();
    try {
      ConfigurationCheck.requireSound();
    } catch (ConfigValidationException e) {
      throw new IllegalArgumentException(
          StartFailure.wrongConfiguration(e).orElse(e.getMessage()), e);
    }
  }

  private static Optional<InetAddress> address(String host) {
    try {
      return Optional.of(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return Optional.empty(); // the service says so itself
    }
  }

  private static <T> T value(String property, Class<T> type) {
    try {
      return ConfigUtils.configBuilder().build().getValue(property, type);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          StartFailure.wrongConfiguration(e).orElse(e.getMessage()), e);
    }
  }
}
