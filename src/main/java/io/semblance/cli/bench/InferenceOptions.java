package io.semblance.cli.bench;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With which engine and where the network of a bench runs. */
final class InferenceOptions {
  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "TensorFlow or OnnxRuntime; by default the model's first.")
  private @Nullable String engine;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu or gpu:N; ${DEFAULT-VALUE} by default.")
  private String device = "auto";

  /** Loads the model in {@code directory}. */
  EmbeddingModel load(Path directory) {
    return EmbeddingModels.load(
        new ModelOptions(directory, Optional.ofNullable(engine), InferenceDevice.parse(device), 0));
  }

  /** Returns the properties that make a service run it likewise. */
  List<String> properties() {
    List<String> properties = new ArrayList<>();
    properties.add("-Dsemblance.model.device=" + device);
    if (engine != null) {
      properties.add("-Dsemblance.model.engine=" + engine);
    }
    return properties;
  }
}
