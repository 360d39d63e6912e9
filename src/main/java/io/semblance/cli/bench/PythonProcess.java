package io.semblance.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script of {@code src/bench} in a Python process that lives as long as the bench, and answers
 * one command at a time: a JSON object in a line each.
 */
final class PythonProcess implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path SCRIPTS = Path.of("src", "bench");
  private static final long STOP_SECONDS = 30;

  private final Script script;
  private final Process process;
  private final Thread stopper;
  private final BufferedWriter commands;
  private final BufferedReader answers;

  /**
   * What is run.
   *
   * @param subject what it measures, for messages
   * @param file its name
   * @param requirements name of the file beside it that lists the packages it needs
   * @param environment the folder in {@code target} in which these are looked for
   */
  record Script(String subject, String file, String requirements, String environment) {
    /** Returns the Python of its environment, if that was made; else the path's. */
    String defaultPython(Path home) {
      Path python = home.resolve("target").resolve(environment).resolve("bin").resolve("python");
      return Files.isExecutable(python) ? python.toString() : "python3";
    }
  }

  private PythonProcess(Script script, Process process) {
    this.script = script;
    this.process = process;
    commands = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
    stopper = Thread.ofPlatform().unstarted(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(stopper);
  }

  /**
   * Starts a script.
   *
   * @param python the interpreter, with the packages that the script needs
   * @param home the folder that Semblance lies in
   */
  static PythonProcess start(String python, Path home, Script script) throws IOException {
    Path file = home.resolve(SCRIPTS).resolve(script.file()).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "%s is missing: to measure %s takes a checkout of Semblance"
              .formatted(file, script.subject()));
    }
    return new PythonProcess(
        script,
        new ProcessBuilder(python, file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /**
   * Has a command carried out.
   *
   * @throws IllegalStateException if the script failed or has ended
   */
  JsonNode call(String command, Map<String, ?> parameters) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>(parameters);
    all.put("command", command);
    String line;
    try {
      commands.write(MAPPER.writeValueAsString(all));
      commands.newLine();
      commands.flush();
      line = answers.readLine();
    } catch (IOException e) {
      throw new IOException(ended(), e);
    }
    if (line == null) {
      throw new IllegalStateException(ended());
    }
    JsonNode answer = MAPPER.readTree(line);
    if (answer.has("error")) {
      throw new IllegalStateException(
          "%s failed at '%s': %s"
              .formatted(script.subject(), command, answer.path("error").asText()));
    }
    return answer;
  }

  private String ended() {
    return "the Python process of %s has ended; install what it needs with 'pip install -r %s' and name that Python with --python"
        .formatted(script.subject(), SCRIPTS.resolve(script.requirements()));
  }

  /** Ends the process, which waits for no more commands. */
  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
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
