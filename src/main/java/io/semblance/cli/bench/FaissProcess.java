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

/** FAISS in a Python process that lives as long as the bench, and answers one command at a time. */
final class FaissProcess implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path SCRIPT = Path.of("src", "bench", "faiss_flat.py");
  private static final Path ENVIRONMENT = Path.of("target", "faiss", "bin", "python");
  private static final long STOP_SECONDS = 30;

  private final Process process;
  private final Thread stopper;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private final Facts facts;

  /**
   * What is measured against.
   *
   * @param version of FAISS
   * @param options it was compiled with
   * @param blas its library for products of matrices and the kernels that this took
   * @param panorama whether it has IndexFlatIPPanorama
   */
  record Facts(String version, String options, String blas, boolean panorama) {}

  private FaissProcess(Process process) throws IOException {
    this.process = process;
    commands = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
    stopper = Thread.ofPlatform().unstarted(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(stopper);
    try {
      JsonNode answer = call("facts", Map.of());
      facts =
          new Facts(
              answer.path("version").asText(),
              answer.path("options").asText(),
              answer.path("blas").asText(),
              answer.path("panorama").asBoolean());
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Returns the Python of the environment that README.md tells to make, else the path's. */
  static String defaultPython(Path home) {
    Path environment = home.resolve(ENVIRONMENT);
    return Files.isExecutable(environment) ? environment.toString() : "python3";
  }

  /**
   * Starts the script.
   *
   * @param python the interpreter, with what src/bench/requirements.txt lists
   */
  static FaissProcess start(String python, Path home) throws IOException {
    Path script = home.resolve(SCRIPT).toAbsolutePath();
    if (!Files.isRegularFile(script)) {
      throw new IllegalArgumentException(
          "%s is missing: --faiss needs a checkout of Semblance".formatted(script));
    }
    return new FaissProcess(
        new ProcessBuilder(python, script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  Facts facts() {
    return facts;
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
          "FAISS failed at '%s': %s".formatted(command, answer.path("error").asText()));
    }
    return answer;
  }

  private static String ended() {
    return "FAISS's process has ended; install what it needs with 'pip install -r"
        + " src/bench/requirements.txt' and name that Python with --python";
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
