package io.semblance.crash;

import static org.awaitility.Awaitility.await;

import io.semblance.event.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A broker and instances of the packaged service, each a process that can be killed and started
 * again with its own directory and port. One thread drives it; {@link #progress} comes from any.
 */
final class Cluster implements AutoCloseable {
  static final Duration READY_TIME_LIMIT = Duration.ofMinutes(4);
  static final String GROUP = "semblance";

  /** The topic of the model that {@link #withClip} adds. */
  static final String CLIP_EMBEDDINGS = "image-embeddings-clip";

  private static final Path CLIP =
      Path.of("src", "test", "resources", "models", "clip-tiny").toAbsolutePath();

  private static final Path APPLICATION = Path.of("target", "quarkus-app", "quarkus-run.jar");
  private static final String HOST = "127.0.0.1";

  private final Path directory;
  private final List<String> furtherTopics;
  private final List<String> properties;
  private final int brokerPort = freePort();
  private final Map<String, Integer> ports = new TreeMap<>();
  private final Map<String, ChildProcess> instances = new TreeMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Admin admin;
  private @Nullable ChildProcess broker;

  /** As the other, for instances that run a tiny CLIP for searches beside the default model. */
  static Cluster withClip(Path directory) {
    return new Cluster(
        directory,
        List.of(CLIP_EMBEDDINGS),
        List.of("semblance.search-models.clip.directory=" + CLIP));
  }

  /** Starts the broker alone and returns when its topics exist. */
  Cluster(Path directory) {
    this(directory, List.of(), List.of());
  }

  /**
   * As the other.
   *
   * @param furtherTopics of embeddings that the broker has beside the declared ones
   * @param properties of every instance, each as {@code name=value}
   */
  Cluster(Path directory, List<String> furtherTopics, List<String> properties) {
    this.directory = directory;
    this.furtherTopics = furtherTopics;
    this.properties = properties;
    startBroker();
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()));
    await()
        .atMost(READY_TIME_LIMIT)
        .until(() -> Files.readString(brokerLog()).contains("broker at "));
  }

  /** Whether the service has been packaged, without which nothing can be started. */
  static boolean isPackaged() {
    return Files.exists(APPLICATION);
  }

  String bootstrapServers() {
    return HOST + ":" + brokerPort;
  }

  void startBroker() {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(java(), "-Xmx512m", "-cp", System.getProperty("java.class.path")));
    command.add(BrokerProcess.class.getName());
    command.add(directory.resolve("broker").toString());
    command.add(Integer.toString(brokerPort));
    command.addAll(furtherTopics);
    broker = ChildProcess.start("broker", command, brokerLog());
  }

  void killBroker() {
    if (broker != null) {
      broker.close();
    }
  }

  private Path brokerLog() {
    return directory.resolve("broker.log");
  }

  /** Starts an instance; the same name means the same directory and port. */
  void start(String name) {
    start(name, List.of());
  }

  /**
   * As the other.
   *
   * @param further properties of this instance, each as {@code name=value}; they come before those
   *     of every instance
   */
  void start(String name, List<String> further) {
    int port = ports.computeIfAbsent(name, _ -> freePort());
    Path home = Path.of("").toAbsolutePath();
    List<String> command = new ArrayList<>();
    command.add(java());
    command.add("@" + home.resolve("jvm.args"));
    command.add("-Xmx768m");
    command.add("-Dsemblance.home=" + home);
    command.add(
        "-Dsemblance.index.snapshot-interval-min=2s"); // so that snapshots are met half written
    properties.forEach(property -> command.add("-D" + property));
    further.forEach(property -> command.add("-D" + property)); // the last counts
    command.add("-jar");
    command.add(home.resolve(APPLICATION).toString());
    command.addAll(List.of("serve", "--bootstrap-servers", bootstrapServers()));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--state-directory", directory.resolve(name).toString()));
    instances.put(name, ChildProcess.start("instance " + name, command, log(name)));
  }

  /** Returns where an instance writes what it has to say. */
  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  /** Returns the status with which an instance ends by itself. */
  int awaitEnd(String name) {
    ChildProcess instance = Objects.requireNonNull(instances.remove(name));
    try (instance) {
      await().atMost(READY_TIME_LIMIT).until(() -> !instance.isAlive());
      return instance.exitStatus();
    }
  }

  /** SIGKILLs an instance. */
  void kill(String name) {
    ChildProcess instance = instances.remove(name);
    if (instance != null) {
      instance.close();
    }
  }

  /** SIGTERMs an instance; false if it did not stop in time. */
  boolean terminate(String name) {
    ChildProcess instance = instances.remove(name);
    boolean stopped = instance == null || instance.terminate();
    if (instance != null) {
      instance.close();
    }
    return stopped;
  }

  /** Names of the instances that should be running. */
  List<String> running() {
    return List.copyOf(instances.keySet());
  }

  /** Fails if a process that should run has ended by itself. */
  void requireAlive() {
    instances.values().forEach(ChildProcess::requireAlive);
    if (broker != null) {
      broker.requireAlive();
    }
  }

  void awaitReady(String name) {
    await()
        .atMost(READY_TIME_LIMIT)
        .pollInterval(Duration.ofMillis(250))
        .until(() -> {
          requireAlive();
          return isReady(name);
        });
  }

  private boolean isReady(String name) throws InterruptedException {
    try {
      return get(name, "/q/health/ready").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  HttpResponse<String> get(String name, String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri(name, path)).timeout(Duration.ofSeconds(10)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> postJson(String name, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri(name, path))
            .timeout(Duration.ofSeconds(10))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String name, String path) {
    return URI.create("http://localhost:" + ports.get(name) + path);
  }

  /**
   * Returns how many records of {@code image-uploads} are done for good: what the group has
   * committed. Uploads are not transactional, so that offsets count records.
   */
  long progress() throws InterruptedException {
    try {
      return committed().entrySet().stream()
          .filter(entry -> entry.getKey().topic().equals(Topics.IMAGE_UPLOADS))
          .mapToLong(entry -> entry.getValue().offset())
          .sum();
    } catch (ExecutionException | TimeoutException e) {
      return -1; // the broker is away
    }
  }

  /** Offsets that the service has committed. */
  Map<TopicPartition, OffsetAndMetadata> committed()
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        new HashMap<>(
            admin
                .listConsumerGroupOffsets(GROUP)
                .partitionsToOffsetAndMetadata()
                .get(5, TimeUnit.SECONDS));
    offsets.values().removeIf(Objects::isNull);
    return offsets;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends every process. */
  @Override
  public void close() {
    instances.values().forEach(ChildProcess::close);
    instances.clear();
    killBroker();
    admin.close(Duration.ZERO);
    http.shutdownNow();
  }

  /** Deletes a directory with all that it holds. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
