package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole program, in a process of its own, given what it cannot use. */
class SemblanceTest {
  private static final long SECONDS_MAX = 60;
  private static final String NOWHERE = "no-such-folder/no-such-picture.jpg";
  private static final String PICTURE = "src/main/resources/demo/otters.jpg";

  @TempDir static Path directory;

  private record Outcome(int status, List<String> lines) {}

  static Stream<Arguments> misuses() {
    return Stream.of(
        arguments("Name a command"),
        arguments("Unmatched argument", "no-such-command"),
        arguments("PATH_OR_URL", "upload"),
        arguments("--image", "search"),
        arguments("--url is \"nonsense\"", "search", "--id", "photo-1", "--url", "nonsense"),
        arguments("Say create or check", "topics"),
        arguments("Say list, show, check or fetch", "model"),
        arguments(
            "--embedded-broker starts a broker",
            "serve",
            "--embedded-broker",
            "--bootstrap-servers",
            "localhost:9092"),
        arguments(
            "--broker-port is where --embedded-broker listens", "serve", "--broker-port", "1"));
  }

  private static Arguments arguments(String message, String... arguments) {
    return Arguments.of(message, List.of(arguments));
  }

  @ParameterizedTest
  @MethodSource("misuses")
  void shouldEndWithStatus2AndExplainMisuse(String message, List<String> arguments)
      throws IOException, InterruptedException {
    Outcome outcome = run(arguments);

    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(2);
    assertThat(outcome.lines().getFirst()).contains(message);
    assertThat(outcome.lines()).noneMatch(line -> line.startsWith("\tat "));
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments("there is no file or folder " + NOWHERE, "upload", NOWHERE),
        arguments("there is no file " + NOWHERE, "search", "--image", NOWHERE),
        arguments("there is no file " + NOWHERE, "search", "--vector", NOWHERE),
        arguments("src is not a file: name one", "search", "--image", "src"),
        arguments(
            "broker.invalid:9092 leads to no broker",
            "upload",
            PICTURE,
            "--bootstrap-servers",
            "broker.invalid:9092"),
        arguments(
            "--bootstrap-servers HOST:PORT", "topics", "check", "--bootstrap-servers", "no-port"),
        arguments("./semblance serve", "search", "--id", "photo-1", "--url", "http://127.0.0.1:1"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void shouldEndWithStatus1AndNameCauseAndRemedyInOneLine(String message, List<String> arguments)
      throws IOException, InterruptedException {
    Outcome outcome = run(arguments);

    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(1);
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("semblance: ")
        .contains(message);
  }

  @Test
  void shouldTakeThePortAndTheStateDirectoryFromTheEnvironment()
      throws IOException, InterruptedException {
    Path state = directory.resolve("from-the-environment");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Outcome outcome =
          run(
              List.of("serve", "--embedded-broker"),
              Map.of(
                  "SEMBLANCE_STATE_DIRECTORY",
                  state.toString(),
                  "QUARKUS_HTTP_PORT",
                  Integer.toString(taken.getLocalPort())));

      assertRefused(outcome, "port %d is taken".formatted(taken.getLocalPort()), "--port");
      assertThat(state).isDirectory();
    }
  }

  @Test
  void shouldPreferTheOptionsToTheEnvironment() throws IOException, InterruptedException {
    Path state = directory.resolve("from-the-options");
    Path other = directory.resolve("not-from-the-environment");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Outcome outcome =
          run(
              List.of("serve", "--port", port, "--state-directory", state.toString()),
              Map.of("SEMBLANCE_STATE_DIRECTORY", other.toString(), "QUARKUS_HTTP_PORT", "0"));

      assertRefused(outcome, "port %s is taken".formatted(port), "--port");
      assertThat(state).isDirectory();
      assertThat(other).doesNotExist();
    }
  }

  @Test
  void shouldNameAPropertyWhoseValueIsWrong() throws IOException, InterruptedException {
    Outcome outcome =
        run(
            List.of("serve"),
            Map.of(
                "QUARKUS_HTTP_PORT",
                "eighty",
                "SEMBLANCE_STATE_DIRECTORY",
                directory.resolve("wrong").toString()));

    assertRefused(outcome, "the property quarkus.http.port is \"eighty\"");
  }

  /** Before a port, a broker, the model or the state is touched. */
  @ParameterizedTest
  @CsvSource({
    "serve, semblance.vector.kernel=300, semblance.vector.kernel is \"300\": set it to auto",
    "demo, semblance.vector.kernel=300, semblance.vector.kernel is \"300\": set it to auto",
    "serve, semblance.index.rows-per-segment=100, semblance.index.rows-per-segment is 100: it must",
    "serve, semblance.index.rows-per-segmnt=128, did you mean semblance.index.rows-per-segment?",
    "serve, semblance.embedding.batch-size-max=many, semblance.embedding.batch-size-max is \"many\"",
  })
  void shouldRefuseAPropertyBeforeAnythingIsTouched(String command, String property, String message)
      throws IOException, InterruptedException {
    Path state = directory.resolve("refused-" + command);
    List<String> arguments = new ArrayList<>(List.of(command, "--state-directory"));
    arguments.add(state.toString());
    if (command.equals("serve")) {
      arguments.add("--embedded-broker");
    }

    // As on the command line: SEMBLANCE_URL is a client's, and no property of the service.
    Outcome outcome =
        run(arguments, Map.of("SEMBLANCE_URL", "http://localhost:1"), List.of("-D" + property));

    assertRefused(outcome, message);
    assertThat(state).doesNotExist();
  }

  /** As the service would: a topic that it created would stay. */
  @ParameterizedTest
  @CsvSource({
    "create, Foo_X, src, semblance.search-models.Foo_X: a model's name has up to 32 letters",
    "create, matching, src, semblance.search-models.matching: a model's name",
    "check, clip, no-such-folder, there is no such folder",
  })
  void shouldRefuseASearchModelThatIsNoneBeforeTopicsAreTouched(
      String task, String name, String folder, String message)
      throws IOException, InterruptedException {
    Outcome outcome =
        run(
            List.of("topics", task, "--bootstrap-servers", "no-port"),
            Map.of(),
            List.of("-Dsemblance.search-models.%s.directory=%s".formatted(name, folder)));

    assertRefused(outcome, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "demo"})
  void shouldLeaveAStateDirectoryToTheProcessThatUsesIt(String command)
      throws IOException, InterruptedException {
    Path state = directory.resolve("used-" + command);
    try (StateDirectory running = StateDirectory.ofDemonstration(state)) {
      running.empty();
      Path data = Files.writeString(state.resolve("data"), "of the running one");

      Outcome outcome = run(List.of(command, "--state-directory", state.toString()));

      assertRefused(
          outcome, "another process uses the state directory " + state, "--state-directory");
      assertThat(data).exists();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--port", "--broker-port"})
  void shouldFindAPortTakenBeforeTheDemonstrationDeletesAnything(String option)
      throws IOException, InterruptedException {
    Path state = directory.resolve("earlier" + option);
    try (StateDirectory earlier = StateDirectory.ofDemonstration(state)) {
      earlier.empty();
    }
    Path data = Files.writeString(state.resolve("data"), "of an earlier one");
    List<String> command =
        new ArrayList<>(List.of("demo", "--once", "--state-directory", state.toString()));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      if (option.equals("--broker-port")) {
        command.addAll(List.of("--port", "0"));
      }
      command.addAll(List.of(option, Integer.toString(taken.getLocalPort())));

      Outcome outcome = run(command);

      assertRefused(
          outcome,
          "port %d is taken: stop what listens there or choose another with %s"
              .formatted(taken.getLocalPort(), option));
      assertThat(data).exists();
    }
  }

  private static void assertRefused(Outcome outcome, String... words) {
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(1);
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("semblance: ")
        .contains(words);
  }

  private static Outcome run(List<String> arguments) throws IOException, InterruptedException {
    return run(arguments, Map.of());
  }

  private static Outcome run(List<String> arguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    return run(arguments, environment, List.of());
  }

  private static Outcome run(
      List<String> arguments, Map<String, String> environment, List<String> javaOptions)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1"); // starts faster
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager"); // as in jvm.args
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Semblance.class.getName());
    command.addAll(arguments);
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().removeAll(List.of("KAFKA_BOOTSTRAP_SERVERS", "SEMBLANCE_URL"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).as("ended").isTrue();
      return new Outcome(process.exitValue(), Files.readAllLines(output));
    } finally {
      process.destroyForcibly();
    }
  }
}
