package io.semblance.embedding.model;

import io.semblance.embedding.model.ModelPackage.TextTower;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Loads models, and lets none in that does not reproduce its golden vectors. */
public final class EmbeddingModels {
  private static final Logger LOG = System.getLogger(EmbeddingModels.class.getName());

  private static final long NOISE_SEED = 1;

  /** An epsilon that is wrong shows most where there is little variance. */
  private static final float FAINT = 0.02f;

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
    return load(ModelPackage.read(options), options);
  }

  /** As {@link #load(ModelOptions)}, of a package that was read already. */
  public static EmbeddingModel load(ModelPackage model, ModelOptions options) {
    EngineSettings.prepare(options.threads());
    GoldenVectors golden = GoldenVectors.read(model);
    if (golden == null) {
      LOG.log(
          Level.WARNING,
          "{0} brings no golden vectors to be checked with: nothing proves that its network runs right here",
          model.directory());
    }
    return EngineDevices.on(
        options.device(),
        model,
        device ->
            model.format() == NumericFormat.FLOAT32
                ? exact(model, golden, device, options.threads())
                : reduced(model, golden, device, options.threads()));
  }

  private static DjlModel exact(
      ModelPackage model, @Nullable GoldenVectors golden, InferenceDevice device, int threads) {
    return golden == null
        ? unproven(model, device, threads)
        : proven(model, golden, device, threads);
  }

  /**
   * In a reduced format vectors are not the reference's, but must be near. TensorFlow is run in
   * float32 first: that tells whether remapping is safe, which is not seen beside the reduction,
   * and whether there was one, since a processor without such numbers leaves it out and says
   * nothing.
   */
  private static DjlModel reduced(
      ModelPackage model, @Nullable GoldenVectors golden, InferenceDevice device, int threads) {
    EngineDevices.requireFormat(model, device);
    boolean remapping = true;
    float[][] exact = null;
    if (model.network().engine().equals(EngineSettings.TENSORFLOW)) {
      try (DjlModel network =
          exact(model.withFormat(NumericFormat.FLOAT32), golden, device, threads)) {
        remapping = network.remapping();
        exact = ofNoise(network);
      } catch (InferenceException e) {
        throw new InvalidModelException(String.valueOf(e.getMessage()), e);
      }
    }
    DjlModel network = open(model, device, threads, remapping);
    boolean holds = false;
    try {
      if (exact != null && Arrays.deepEquals(exact, ofNoise(network))) {
        throw new InvalidModelException(
            "semblance.model.numeric-format is %s, but on %s the vectors are float32's: this processor has no such numbers, or TensorFlow finds no use for them; set it to float32"
                .formatted(model.format(), device));
      }
      if (golden != null) {
        requireNear(model, golden.file(), golden.agreement(network));
      }
      holds = true;
      return network;
    } catch (InferenceException e) {
      throw new InvalidModelException(String.valueOf(e.getMessage()), e);
    } finally {
      if (!holds) {
        network.close();
      }
    }
  }

  private static void requireNear(ModelPackage model, Path golden, VectorAgreement agreement) {
    if (!model.format().accepts(agreement)) {
      throw new InvalidModelException(
          "%s: in %s the smallest similarity to a golden vector is %s, below %s: set semblance.model.numeric-format to float32"
              .formatted(
                  golden, model.format(), agreement.similarity(), NumericFormat.SIMILARITY_MIN));
    }
    LOG.log(
        Level.WARNING,
        "{0} runs in {1}: the smallest similarity to its golden vectors is {2}, the largest deviation {3}; its thresholds were measured in float32",
        model.description().id(),
        model.format(),
        Float.toString(agreement.similarity()),
        Float.toString(agreement.deviation()));
  }

  private static DjlModel proven(
      ModelPackage model, GoldenVectors golden, InferenceDevice device, int threads) {
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
            Float.toString(deviation));
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
   * Returns whether a package has a text tower.
   *
   * @throws InvalidModelException if it has one that cannot be run; the message says what helps
   */
  public static boolean hasTexts(ModelPackage model) {
    if (model.textObstacle() != null) {
      throw new InvalidModelException(model.textObstacle());
    }
    return model.text() != null;
  }

  /**
   * Loads the text tower of the package that {@code options} name.
   *
   * @return the encoder, to be closed by the caller
   * @throws InvalidModelException if the package has none, or it cannot be loaded
   */
  public static TextEncoder loadText(ModelOptions options) {
    return loadText(ModelPackage.read(options), options);
  }

  /** As {@link #loadText(ModelOptions)}, of a package that was read already. */
  public static TextEncoder loadText(ModelPackage model, ModelOptions options) {
    EngineSettings.prepare(options.threads());
    TextTower tower = DjlTextEncoder.tower(model);
    return EngineDevices.on(
        options.device(),
        model,
        device -> DjlTextEncoder.load(model, tower, device, options.threads()));
  }

  /** A loaded network if it reproduces the golden vectors, else null, and by how much it fails. */
  private record Attempt(@Nullable DjlModel network, float deviation) {}

  private static Attempt attempt(
      ModelPackage model,
      InferenceDevice device,
      int threads,
      GoldenVectors golden,
      boolean remapping) {
    DjlModel network = open(model, device, threads, remapping);
    boolean holds = false;
    try {
      float deviation = golden.agreement(network).deviation();
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

  private static DjlModel open(
      ModelPackage model, InferenceDevice device, int threads, boolean remapping) {
    DjlModel network;
    try {
      network = DjlModel.load(model, device, threads, remapping);
    } catch (InvalidModelException e) {
      throw explained(model, e);
    }
    try {
      network.measure();
      return network;
    } catch (InferenceException e) {
      network.close();
      throw explained(model, e);
    }
  }

  /** TensorFlow names the nodes of its graph, and not always the file that is damaged. */
  private static InvalidModelException explained(ModelPackage model, RuntimeException failure) {
    Optional<String> weights =
        model.network().engine().equals(EngineSettings.TENSORFLOW)
            ? SavedModelWeights.failure(
                model.networkPath(), String.valueOf(EngineDevices.innermost(failure).getMessage()))
            : Optional.empty();
    return new InvalidModelException(weights.orElse(String.valueOf(failure.getMessage())), failure);
  }

  /**
   * Without golden vectors TensorFlow's network is run with and without graph remapping, which must
   * not make a difference; where it does, the graph as it was exported is right.
   */
  private static DjlModel unproven(ModelPackage model, InferenceDevice device, int threads) {
    DjlModel network = open(model, device, threads, true);
    if (!model.network().engine().equals(EngineSettings.TENSORFLOW)) {
      return network;
    }
    DjlModel plain;
    try {
      plain = open(model, device, threads, false);
    } catch (InvalidModelException e) {
      network.close();
      throw e;
    }
    float deviation;
    try {
      deviation = difference(ofNoise(network), ofNoise(plain));
    } catch (InferenceException e) {
      network.close();
      plain.close();
      throw new InvalidModelException(String.valueOf(e.getMessage()), e);
    }
    if (deviation <= GoldenVectors.DEVIATION_MAX) {
      plain.close();
      return network;
    }
    LOG.log(
        Level.WARNING,
        "{0} is run without graph remapping, which would change its vectors by {1}",
        model.networkPath(),
        Float.toString(deviation));
    network.close();
    return plain;
  }

  /** The vectors of noise, and of noise that hardly varies. */
  private static float[][] ofNoise(EmbeddingModel network) {
    int samples = network.recipe().samples();
    ByteBuffer noise =
        ByteBuffer.allocateDirect(2 * samples * Float.BYTES).order(ByteOrder.nativeOrder());
    Random random = new Random(NOISE_SEED);
    for (int i = 0; i < 2 * samples; i++) {
      float value = random.nextFloat(-1, 1);
      noise.putFloat(i * Float.BYTES, i < samples ? value : value * FAINT);
    }
    return network.embed(noise, 2);
  }

  private static float difference(float[][] first, float[][] second) {
    VectorAgreement agreement = new VectorAgreement();
    for (int i = 0; i < first.length; i++) {
      agreement.add(first[i], second[i]);
    }
    return agreement.deviation();
  }
}
