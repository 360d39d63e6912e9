package io.semblance.embedding.model;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Loads models, and lets none in that does not reproduce its golden vectors. */
public final class EmbeddingModels {
  private static final Logger LOG = System.getLogger(EmbeddingModels.class.getName());

  private static final long NOISE_SEED = 1;

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
    return load(ModelPackage.read(options.directory(), options.engine()), options);
  }

  /** As {@link #load(ModelOptions)}, of a package that was read already. */
  static EmbeddingModel load(ModelPackage model, ModelOptions options) {
    GoldenVectors golden = GoldenVectors.read(model);
    if (golden == null) {
      LOG.log(
          Level.WARNING,
          "{0} names no golden vectors: nothing proves that the network runs right here",
          model.manifestFile());
      return unproven(model, options);
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

  /**
   * Loads the text tower of the package that {@code options} name.
   *
   * @return the encoder, to be closed by the caller
   * @throws InvalidModelException if the package has none, or it cannot be loaded
   */
  public static TextEncoder loadText(ModelOptions options) {
    EngineSettings.forbidNetworkAccess();
    return DjlTextEncoder.load(ModelPackage.read(options.directory(), options.engine()), options);
  }

  /** A loaded network if it reproduces the golden vectors, else null, and by how much it fails. */
  private record Attempt(@Nullable EmbeddingModel network, float deviation) {}

  private static Attempt attempt(
      ModelPackage model, ModelOptions options, GoldenVectors golden, boolean remapping) {
    DjlModel network = open(model, options, remapping);
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

  private static DjlModel open(ModelPackage model, ModelOptions options, boolean remapping) {
    DjlModel network = DjlModel.load(model, options.device(), options.threads(), remapping);
    try {
      network.measure();
      return network;
    } catch (InferenceException e) {
      network.close();
      throw new InvalidModelException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Without golden vectors TensorFlow's network is run with and without graph remapping, which must
   * not make a difference; where it does, the graph as it was exported is right.
   */
  private static EmbeddingModel unproven(ModelPackage model, ModelOptions options) {
    DjlModel network = open(model, options, true);
    if (!model.network().engine().equals(EngineSettings.TENSORFLOW)) {
      return network;
    }
    DjlModel plain = open(model, options, false);
    ByteBuffer noise = noise(model.recipe().samples());
    float[] first = network.embed(noise, 1)[0];
    float[] second = plain.embed(noise, 1)[0];
    float deviation = 0;
    for (int i = 0; i < first.length; i++) {
      deviation = Math.max(deviation, Math.abs(first[i] - second[i]));
    }
    if (deviation <= GoldenVectors.DEVIATION_MAX) {
      plain.close();
      return network;
    }
    LOG.log(
        Level.WARNING,
        "{0} is run without graph remapping, which would change its vectors by {1}",
        model.networkPath(),
        deviation);
    network.close();
    return plain;
  }

  /** A picture of noise, the same each time. */
  private static ByteBuffer noise(int samples) {
    ByteBuffer noise =
        ByteBuffer.allocateDirect(samples * Float.BYTES).order(ByteOrder.nativeOrder());
    Random random = new Random(NOISE_SEED);
    for (int i = 0; i < samples; i++) {
      noise.putFloat(i * Float.BYTES, random.nextFloat(-1, 1));
    }
    return noise;
  }
}
