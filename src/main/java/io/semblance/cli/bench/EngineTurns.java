package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.cli.bench.EngineBench.Measured;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/**
 * One network in turns: as Semblance drives it, and driven by its engine's own Python package with
 * the same inputs. One of them runs at a time.
 */
final class EngineTurns implements AutoCloseable {
  private static final PythonProcess.Script SCRIPT =
      new PythonProcess.Script(
          "the engines' Python packages", "engines.py", "engines-requirements.txt", "engines");

  /** Those whose packages the script knows. */
  static final List<String> ENGINES = List.of("TensorFlow", "OnnxRuntime");

  private final ModelPackage.Network network;
  private final EngineBench bench;
  private final PythonProcess python;
  private final String version;
  private final List<String> variants;

  /**
   * What was measured of one size of batches.
   *
   * @param engine and the version of its Python package
   * @param variant of the package's settings; empty if there is one
   * @param semblance medians
   * @param python medians
   * @param ratio of Semblance's rate to Python's in the same round
   * @param deviation the largest difference between two components of the vectors
   */
  record Result(
      String engine,
      String variant,
      int batchSize,
      Measured semblance,
      Measured python,
      Spread ratio,
      double deviation) {}

  /** Rates and costs of the rounds. */
  private static final class Rounds {
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> processorMillis = new ArrayList<>();

    void add(Measured measured) {
      rates.add(measured.embeddingsPerSecond());
      processorMillis.add(measured.processorMillis());
    }

    Measured median() {
      return new Measured(Distribution.median(rates), Distribution.median(processorMillis));
    }
  }

  /** Returns the Python of the environment that the README tells to make, else the path's. */
  static String defaultPython(Path home) {
    return SCRIPT.defaultPython(home);
  }

  /**
   * Has Python load the network that {@code bench} measures.
   *
   * @param python the interpreter, with what src/bench/engines-requirements.txt lists
   * @param threads of one forward pass; 0 lets the engine choose
   * @param temporary folder for the inputs
   * @throws IllegalArgumentException if vectors are made of more than the network's output
   */
  EngineTurns(
      String python, Path home, ModelPackage model, EngineBench bench, int threads, Path temporary)
      throws IOException {
    this.bench = bench;
    network = model.network();
    if (network.pooling() != Pooling.NONE || !network.companions().isEmpty()) {
      throw new IllegalArgumentException(
          "%s is pooled or has further inputs: --python compares networks whose output is the vector"
              .formatted(network.path()));
    }
    Path inputs = temporary.resolve(network.engine() + ".f32");
    bench.writeInputs(inputs);
    Map<String, Object> command = new LinkedHashMap<>();
    command.put("engine", network.engine());
    command.put("path", model.directory().resolve(network.path()).toAbsolutePath().toString());
    command.put("signature", Objects.requireNonNullElse(network.signature(), "serving_default"));
    command.put("input", network.input());
    command.put("output", network.output());
    command.put("threads", threads);
    command.put("inputs", inputs.toString());
    command.put("shape", bench.shape());
    this.python = PythonProcess.start(python, home, SCRIPT);
    try {
      JsonNode loaded = this.python.call("load", command);
      version = loaded.path("version").asText();
      variants = new ArrayList<>();
      loaded.path("variants").forEach(one -> variants.add(one.asText()));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Measures batches of {@code size}: a round to warm up, and then {@code rounds} of turns. */
  List<Result> run(int size, int rounds, Duration warmUp, Duration turn)
      throws IOException, InterruptedException, ExecutionException {
    Rounds semblance = new Rounds();
    Map<String, Rounds> python = new LinkedHashMap<>();
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    bench.measure(size, warmUp);
    for (String variant : variants) {
      measure(variant, size, warmUp);
      python.put(variant, new Rounds());
      ratios.put(variant, new ArrayList<>());
    }
    for (int round = 0; round < rounds; round++) {
      List<String> order = new ArrayList<>(variants);
      if (round % 2 == 1) { // so that no one always runs after the same other
        Collections.reverse(order);
      }
      Measured own = bench.measure(size, turn);
      semblance.add(own);
      for (String variant : order) {
        Measured other = measure(variant, size, turn);
        Objects.requireNonNull(python.get(variant)).add(other);
        Objects.requireNonNull(ratios.get(variant))
            .add(own.embeddingsPerSecond() / other.embeddingsPerSecond());
      }
    }
    List<Result> results = new ArrayList<>();
    for (String variant : variants) {
      results.add(
          new Result(
              network.engine() + " " + version,
              variant,
              size,
              semblance.median(),
              Objects.requireNonNull(python.get(variant)).median(),
              Spread.of(Objects.requireNonNull(ratios.get(variant))),
              deviation(variant, size)));
    }
    return results;
  }

  private Measured measure(String variant, int size, Duration time) throws IOException {
    JsonNode answer =
        python.call("measure", Map.of("variant", variant, "size", size, "millis", time.toMillis()));
    return new Measured(
        answer.path("perSecond").asDouble(), answer.path("processorMillis").asDouble());
  }

  private double deviation(String variant, int size) throws IOException {
    JsonNode theirs =
        python.call("embed", Map.of("variant", variant, "size", size)).path("vectors");
    float[][] own = bench.vectors(size);
    double deviation = 0;
    for (int i = 0; i < size; i++) {
      JsonNode vector = theirs.path(i);
      if (vector.size() != own[i].length) {
        return Double.NaN;
      }
      double squares = 0;
      for (JsonNode component : vector) {
        squares += Math.pow(component.asDouble(), 2);
      }
      for (int j = 0; j < own[i].length; j++) {
        double other = vector.path(j).asDouble() / Math.sqrt(squares);
        deviation = Math.max(deviation, Math.abs(own[i][j] - other));
      }
    }
    return deviation;
  }

  @Override
  public void close() {
    python.close();
  }
}
