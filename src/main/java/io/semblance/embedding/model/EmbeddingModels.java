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
    prepareEngines(options.threads());
    ModelPackage model = ModelPackage.read(options.directory(), options.engine());
    DjlModel network = DjlModel.load(model, options.device(), true);
    ModelPackage.@Nullable Golden golden = model.manifest().golden();
    if (golden == null) {
      LOG.log(
          Level.WARNING,
          "{0} has no golden vectors: nothing proves that the network runs right here",
          options.directory());
      return network;
    }
    float deviation = GoldenVectors.deviation(model, golden, network);
    if (deviation <= GoldenVectors.DEVIATION_MAX) {
      return network;
    }
    network.close();
    return withoutRemapping(options, model, golden, deviation);
  }

  /**
   * TensorFlow's CPU fusion of layer normalisation uses an epsilon of its own for constant weights,
   * whatever the graph says; without remapping it does not.
   */
  private static EmbeddingModel withoutRemapping(
      ModelOptions options, ModelPackage model, ModelPackage.Golden golden, float deviation) {
    float second = deviation;
    if (model.network().engine().equals(DjlModel.TENSORFLOW)) {
      DjlModel network = DjlModel.load(model, options.device(), false);
      second = GoldenVectors.deviation(model, golden, network);
      if (second <= GoldenVectors.DEVIATION_MAX) {
        LOG.log(
            Level.WARNING,
            "{0} is run without graph remapping, which changes its vectors by {1}",
            options.directory(),
            deviation);
        return network;
      }
      network.close();
    }
    throw new InvalidModelException(
        "the network of %s deviates from its golden vectors by %s, more than %s: it is damaged, or belongs to another preprocessor_config.json"
            .formatted(options.directory(), second, GoldenVectors.DEVIATION_MAX));
  }

  /** To be set before DJL's first class is loaded. */
  private static void prepareEngines(int threads) {
    System.setProperty("OPT_OUT_TRACKING", "true"); // DJL would phone home
    System.setProperty("ai.djl.offline", "true");
    if (threads > 0) {
      System.setProperty("ai.djl.tensorflow.num_intraop_threads", Integer.toString(threads));
      System.setProperty("ai.djl.tensorflow.num_interop_threads", "1");
      System.setProperty("ai.djl.onnxruntime.num_threads", Integer.toString(threads));
    }
  }
}
