package io.semblance.broker;

import static java.util.Map.entry;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;

/**
 * A real Kafka broker in this process: KRaft, broker and controller in one, on loopback alone. Its
 * data survive a restart, a crash included.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final String PORTS = "ports.properties";
  private static final String BROKER_PORT = "broker";
  private static final String CONTROLLER_PORT = "controller";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int MESSAGE_BYTES_MAX = 26 << 20;

  /**
   * Ports that are chosen, from the first to before the end. They lie below those that Linux gives
   * to outgoing connections (32768 and up), one of which could hold a port while the broker that
   * remembers it is down.
   */
  static final int CHOSEN_PORTS_FIRST = 20_000;

  static final int CHOSEN_PORTS_END = 32_000;
  private static final int CHOICES_MAX = 200;

  private final KafkaRaftServer server;
  private final int port;

  private EmbeddedBroker(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts a broker and returns when it serves.
   *
   * @param directory where its data are kept; created if missing
   * @param port where it listens; 0 takes the port of the last start, or chooses a free one
   * @throws BrokerException if it cannot start
   */
  public static EmbeddedBroker start(Path directory, int port) {
    Path data = directory.toAbsolutePath().normalize();
    try {
      Files.createDirectories(data);
      int brokerPort = port != 0 ? port : rememberedPort(data);
      ListeningPort.ofLoopback(brokerPort).requireFree("--broker-port");
      // Nobody but this process connects to the controller, and its address is configuration alone:
      // with a fixed set of voters Kafka stores their ids, not where they listen.
      int controllerPort = chooseFreePort(brokerPort);
      rememberPorts(data, brokerPort, controllerPort);
      format(data);
      KafkaRaftServer server =
          new KafkaRaftServer(
              new KafkaConfig(configuration(data, brokerPort, controllerPort), false), Time.SYSTEM);
      server.startup();
      return new EmbeddedBroker(server, brokerPort);
    } catch (IOException e) {
      throw new BrokerException(
          "the embedded broker cannot use %s: %s; give it a writable directory with free space"
              .formatted(data, e.getMessage()),
          e);
    } catch (RuntimeException e) {
      if (e instanceof BrokerException) {
        throw e;
      }
      throw new BrokerException("the embedded broker cannot start: " + e.getMessage(), e);
    } catch (Exception e) {
      throw new BrokerException(
          "the embedded broker cannot format %s: %s".formatted(data, e.getMessage()), e);
    }
  }

  private static Map<String, String> configuration(Path data, int port, int controllerPort) {
    return Map.ofEntries(
        entry("process.roles", "broker,controller"),
        entry("node.id", "1"),
        entry("controller.quorum.voters", "1@%s:%d".formatted(LOOPBACK, controllerPort)),
        entry("controller.listener.names", "CONTROLLER"),
        entry(
            "listeners",
            "PLAINTEXT://%s:%d,CONTROLLER://%s:%d"
                .formatted(LOOPBACK, port, LOOPBACK, controllerPort)),
        entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        entry("log.dirs", data.toString()),
        entry("auto.create.topics.enable", "false"),
        entry("message.max.bytes", Integer.toString(MESSAGE_BYTES_MAX)),
        entry("socket.request.max.bytes", "104857600"),
        entry("offsets.topic.replication.factor", "1"),
        entry("offsets.topic.num.partitions", "4"),
        entry("transaction.state.log.replication.factor", "1"),
        entry("transaction.state.log.min.isr", "1"),
        entry("transaction.state.log.num.partitions", "4"),
        // looks so often for transactions to give up; every 10 s by default
        entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
        entry("group.initial.rebalance.delay.ms", "0"),
        entry("group.min.session.timeout.ms", "1000"),
        entry("broker.session.timeout.ms", "3000"),
        entry("broker.heartbeat.interval.ms", "500"),
        entry("log.cleaner.dedupe.buffer.size", "4194304"),
        entry("log.cleaner.threads", "1"),
        entry("num.network.threads", "2"),
        entry("num.io.threads", "4"));
  }

  private static void format(Path data) throws Exception {
    if (Files.exists(data.resolve("meta.properties"))) {
      return;
    }
    new Formatter()
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(1)
        .setDirectories(List.of(data.toString()))
        .setMetadataLogDirectory(data.toString())
        .setControllerListenerName("CONTROLLER")
        .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
        .setPrintStream(
            new PrintStream(
                OutputStream.nullOutputStream(), false, java.nio.charset.StandardCharsets.UTF_8))
        .run();
  }

  private static int rememberedPort(Path data) throws IOException {
    String known = ports(data).getProperty(BROKER_PORT);
    return known == null ? chooseFreePort(0) : Integer.parseInt(known);
  }

  /**
   * Returns a free port; at random, so that brokers that start together hardly choose the same.
   *
   * @param reserved a port that is not chosen
   */
  private static int chooseFreePort(int reserved) throws IOException {
    for (int choice = 0; choice < CHOICES_MAX; choice++) {
      int port = ThreadLocalRandom.current().nextInt(CHOSEN_PORTS_FIRST, CHOSEN_PORTS_END);
      if (port != reserved && ListeningPort.ofLoopback(port).obstacle().isEmpty()) {
        return port;
      }
    }
    throw new IOException(
        "no port from %d to %d seems free".formatted(CHOSEN_PORTS_FIRST, CHOSEN_PORTS_END - 1));
  }

  private static void rememberPorts(Path data, int broker, int controller) throws IOException {
    Properties ports = new Properties();
    ports.setProperty(BROKER_PORT, Integer.toString(broker));
    ports.setProperty(CONTROLLER_PORT, Integer.toString(controller));
    try (var out = Files.newBufferedWriter(data.resolve(PORTS))) {
      ports.store(out, "Ports of the embedded broker's last start");
    }
  }

  private static Properties ports(Path data) {
    Properties ports = new Properties();
    Path file = data.resolve(PORTS);
    if (Files.exists(file)) {
      try (var in = Files.newBufferedReader(file)) {
        ports.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
      }
    }
    return ports;
  }

  /** Returns where clients connect to, as {@code host:port}. */
  public String bootstrapServers() {
    return LOOPBACK + ":" + port;
  }

  /** Stops the broker and returns when its data are on the disk. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
