package io.semblance.cli;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.InvalidModelException;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.NumericFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With which engine and where the network of a bench or a check runs. */
public final class InferenceOptions {
  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description =
          "TensorFlow, OnnxRuntime or PyTorch; by default the model's first; all it has to check a model, to soak it, or with --python.")
  private @Nullable String engine;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu or gpu:N; ${DEFAULT-VALUE} by default.")
  private String device = "auto";

  @Option(
      names = "--numeric-format",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description =
          "What the network computes in: float32, bfloat16 (TensorFlow on a CPU) or float16"
              + " (TensorFlow on a GPU; ONNX Runtime, with a network of its own);"
              + " ${DEFAULT-VALUE} by default.")
  private String numericFormat = "float32";

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of one forward pass on a CPU; by default the engine chooses.")
  private int threads;

  /** Made by picocli. */
  public InferenceOptions() {}

  /**
   * Returns the engine that was named, else all for which the model in {@code directory} has
   * networks.
   */
  public List<String> engines(Path directory) {
    return engine == null
        ? named(() -> ModelPackage.engines(directory, NumericFormat.parse(numericFormat)))
        : List.of(engine);
  }

  /** Returns the threads of one forward pass; 0 if the engine chooses. */
  public int threads() {
    return threads;
  }

  /** Returns how the model in {@code directory} is to be loaded. */
  ModelOptions of(Path directory) {
    return new ModelOptions(
        directory,
        Optional.ofNullable(engine),
        InferenceDevice.parse(device),
        threads,
        NumericFormat.parse(numericFormat));
  }

  /**
   * Returns what {@code task} does with these options. Its failures name the properties of a
   * service: here they name the options.
   */
  <T> T named(Supplier<T> task) {
    try {
      return task.get();
    } catch (InvalidModelException e) {
      throw new InvalidModelException(optionsOf(e), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(optionsOf(e), e);
    }
  }

  private static String optionsOf(RuntimeException failure) {
    return String.valueOf(failure.getMessage())
        .replaceAll("semblance\\.model\\.(engine|device|numeric-format|threads)", "--$1")
        .replace("semblance.model.directory", "DIR");
  }

  /** Returns what the network computes in, as it was named. */
  public String numericFormat() {
    return numericFormat;
  }

  /** Loads the model in {@code directory}. */
  public EmbeddingModel load(Path directory) {
    return named(() -> EmbeddingModels.load(of(directory)));
  }

  /** Loads the model in {@code directory} with {@code engine}, whichever was named. */
  public EmbeddingModel load(Path directory, String engine) {
    return named(() ->
        EmbeddingModels.load(
            new ModelOptions(
                directory,
                Optional.of(engine),
                InferenceDevice.parse(device),
                threads,
                NumericFormat.parse(numericFormat))));
  }

  /** Returns the properties that make a service run it likewise. */
  public List<String> properties() {
    List<String> properties = new ArrayList<>();
    properties.add("-Dsemblance.model.device=" + device);
    properties.add("-Dsemblance.model.numeric-format=" + numericFormat);
    properties.add("-Dsemblance.model.threads=" + threads);
    if (engine != null) {
      properties.add("-Dsemblance.model.engine=" + engine);
    }
    return properties;
  }
}
