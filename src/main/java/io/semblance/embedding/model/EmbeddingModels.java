package io.semblance.embedding.model;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Loads models, and lets none in that does not reproduce its golden vectors. */
public final class EmbeddingModels {
  private static final Logger LOG = System.getLogger(EmbeddingModels.class.getName());

  private EmbeddingModels() {}

  /**
   * Loads the model that {@code options} name and checks it against its golden vectors.
   *
   * @return the model, to be closed by the caller
   * @throws InvalidModelException if the package is incomplete or its network computes other
   *     vectors
   */
  public static EmbeddingModel load(ModelOptions options) {
    EngineSettings.forbidNetworkAccess();
    ModelPackage model = ModelPackage.read(options.directory(), options.engine());
    GoldenVectors golden = GoldenVectors.read(model);
    if (golden == null) {
      LOG.log(
          Level.WARNING,
          "{0} names no golden vectors: nothing proves that the network runs right here",
          model.manifestFile());
      return DjlModel.load(model, options.device(), options.threads(), true);
    }
    Attempt first = attempt(model, options, golden, true);
    if (first.network() != null) {
      return first.network();
    }
    float deviation = first.deviation();
    if (model.network().engine().equals(EngineSettings.TENSORFLOW)) {
      // TensorFlow's CPU fusion of layer normalisation uses an epsilon of its own for constant
      // weights, whatever the graph says; without remapping it does not.
      Attempt second = attempt(model, options, golden, false);
      if (second.network() != null) {
        LOG.log(
            Level.WARNING,
            "{0} is run without graph remapping, which would change its vectors by {1}",
            options.directory(),
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
      ModelPackage model, ModelOptions options, GoldenVectors golden, boolean remapping) {
    DjlModel network = DjlModel.load(model, options.device(), options.threads(), remapping);
    boolean holds = false;
    try {
      float deviation = golden.deviation(network);
      holds = deviation <= GoldenVectors.DEVIATION_MAX;
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
