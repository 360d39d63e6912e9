package io.semblance.embedding.model;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Loads models, and lets none in that does not reproduce its golden vectors. */
public final class EmbeddingModels {
  private static final Logger LOG = System.getLogger(EmbeddingModels.class.getName());

  private EmbeddingModels() {}

  /**
   * Loads the model that {@code options} name and checks it against its golden vectors. Where the
   * device is left to the engine and a GPU fails it, the CPU takes its place, with a warning.
   *
   * @return the model, to be closed by the caller
   * @throws InvalidModelException if the package is incomplete or its network computes other
   *     vectors
   */
  public static EmbeddingModel load(ModelOptions options) {
    EngineSettings.prepare();
    ModelPackage model = ModelPackage.read(options.directory(), options.engine());
    GoldenVectors golden = GoldenVectors.read(model);
    if (golden == null) {
      LOG.log(
          Level.WARNING,
          "{0} names no golden vectors: nothing proves that the network runs right here",
          model.manifestFile());
    }
    if (!(options.device() instanceof InferenceDevice.Auto)) {
      return load(model, golden, options.device(), options.threads());
    }
    Optional<InferenceDevice> gpu = DjlModel.firstGpu(model);
    if (gpu.isPresent()) {
      try {
        return load(model, golden, gpu.get(), options.threads());
      } catch (InvalidModelException e) {
        LOG.log(
            Level.WARNING,
            "{0} cannot be used, the CPU takes its place; set semblance.model.device to one of them: {1}",
            gpu.get(),
            e.getMessage());
      }
    }
    return load(model, golden, new InferenceDevice.Cpu(), options.threads());
  }

  private static EmbeddingModel load(
      ModelPackage model, @Nullable GoldenVectors golden, InferenceDevice device, int threads) {
    if (golden == null) {
      return DjlModel.load(model, device, threads, true);
    }
    Attempt first = attempt(model, device, threads, golden, true);
    if (first.network() != null) {
      return first.network();
    }
    float deviation = first.deviation();
    if (model.network().engine().equals(EngineSettings.TENSORFLOW)) {
      // TensorFlow's CPU fusion of layer normalisation uses an epsilon of its own for constant
      // weights, whatever the graph says; without remapping it does not.
      Attempt second = attempt(model, device, threads, golden, false);
      if (second.network() != null) {
        LOG.log(
            Level.WARNING,
            "{0} is run without graph remapping, which would change its vectors by {1}",
            model.networkPath(),
            deviation);
        return second.network();
      }
      deviation = Math.min(deviation, second.deviation());
    }
    throw new InvalidModelException(
        "%s: the network deviates from its golden vectors by %s, more than %s: it is damaged, or %s belongs to another network; restore the package"
            .formatted(
                golden.file(),
                deviation,
                GoldenVectors.DEVIATION_MAX,
                PreprocessorConfiguration.FILE));
  }

  /** A loaded network if it reproduces the golden vectors, else null, and by how much it fails. */
  private record Attempt(@Nullable EmbeddingModel network, float deviation) {}

  private static Attempt attempt(
      ModelPackage model,
      InferenceDevice device,
      int threads,
      GoldenVectors golden,
      boolean remapping) {
    DjlModel network = DjlModel.load(model, device, threads, remapping);
    boolean holds = false;
    try {
      float deviation = golden.deviation(network);
      holds = deviation <= GoldenVectors.DEVIATION_MAX;
      LOG.log(
          Level.INFO,
          "{0} runs with {1} on {2}; its vectors deviate from the golden ones by {3}",
          model.description().id(),
          model.network().engine(),
          device,
          Float.toString(deviation));
      return new Attempt(holds ? network : null, deviation);
    } catch (InferenceException e) {
      throw new InvalidModelException(String.valueOf(e.getMessage()), e);
    } finally {
      if (!holds) {
        network.close();
      }
    }
  }
}
