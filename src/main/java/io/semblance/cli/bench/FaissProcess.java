package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** FAISS in a Python process. */
final class FaissProcess implements AutoCloseable {
  private static final PythonProcess.Script SCRIPT =
      new PythonProcess.Script("FAISS", "faiss_flat.py", "requirements.txt", "faiss");

  private final PythonProcess process;
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

  private FaissProcess(PythonProcess process) throws IOException {
    this.process = process;
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

  /**
   * Returns the Python of the environment that docs/bench-index.md tells to make, else the path's.
   */
  static String defaultPython(Path home) {
    return SCRIPT.defaultPython(home);
  }

  /**
   * Starts the script.
   *
   * @param python the interpreter, with what src/bench/requirements.txt lists
   */
  static FaissProcess start(String python, Path home) throws IOException {
    return new FaissProcess(PythonProcess.start(python, home, SCRIPT));
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
    return process.call(command, parameters);
  }

  @Override
  public void close() {
    process.close();
  }
}
