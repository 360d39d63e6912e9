package io.semblance.embedding.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.semblance.image.ImageRecipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** A network run by one of DJL's engines; one predictor for each batch in flight. */
final class DjlModel implements EmbeddingModel {
  static final String TENSORFLOW = "TensorFlow";
  private static final int CONCURRENCY_CPU = 1;
  private static final int CONCURRENCY_GPU = 2;

  private final ModelPackage model;
  private final ZooModel<NDList, NDList> network;
  private final BlockingQueue<Predictor<NDList, NDList>> predictors;
  private final int concurrency;

  private DjlModel(ModelPackage model, ZooModel<NDList, NDList> network, int concurrency) {
    this.model = model;
    this.network = network;
    this.concurrency = concurrency;
    predictors = new ArrayBlockingQueue<>(concurrency);
    for (int i = 0; i < concurrency; i++) {
      predictors.add(network.newPredictor());
    }
  }

  /**
   * Loads the network of {@code model}.
   *
   * @param remapping whether TensorFlow may replace groups of operations by faster ones
   */
  static DjlModel load(ModelPackage model, InferenceDevice device, boolean remapping) {
    try {
      Engine engine = Engine.getEngine(model.network().engine());
      Device chosen = device(engine, device);
      Criteria.Builder<NDList, NDList> criteria =
          Criteria.builder()
              .setTypes(NDList.class, NDList.class)
              .optModelPath(model.networkPath())
              .optEngine(model.network().engine())
              .optDevice(chosen)
              .optTranslator(new NoopTranslator());
      if (model.network().engine().equals(TENSORFLOW) && !remapping) {
        criteria.optOption("ConfigProto", withoutRemapping());
      }
      return new DjlModel(
          model, criteria.build().loadModel(), chosen.isGpu() ? CONCURRENCY_GPU : CONCURRENCY_CPU);
    } catch (IOException | ModelNotFoundException | MalformedModelException e) {
      throw new InvalidModelException(
          "cannot load %s with %s: %s"
              .formatted(model.networkPath(), model.network().engine(), e.getMessage()),
          e);
    }
  }

  private static Device device(Engine engine, InferenceDevice device) {
    return switch (device) {
      case InferenceDevice.Auto auto -> engine.getGpuCount() > 0 ? Device.gpu(0) : Device.cpu();
      case InferenceDevice.Cpu cpu -> Device.cpu();
      case InferenceDevice.Gpu gpu -> {
        if (gpu.number() >= engine.getGpuCount()) {
          throw new InvalidModelException(
              "semblance.model.device is gpu:%d, but %s finds %d GPUs: install its CUDA natives, or use auto or cpu"
                  .formatted(gpu.number(), engine.getEngineName(), engine.getGpuCount()));
        }
        yield Device.gpu(gpu.number());
      }
    };
  }

  private static String withoutRemapping() {
    ConfigProto configuration =
        ConfigProto.newBuilder()
            .setGraphOptions(
                GraphOptions.newBuilder()
                    .setRewriteOptions(
                        RewriterConfig.newBuilder().setRemapping(RewriterConfig.Toggle.OFF)))
            .build();
    return Base64.getEncoder().encodeToString(configuration.toByteArray());
  }

  @Override
  public ModelDescription description() {
    return model.description();
  }

  @Override
  public ImageRecipe recipe() {
    return model.recipe();
  }

  @Override
  public int concurrency() {
    return concurrency;
  }

  @Override
  public float[][] embed(ByteBuffer inputs, int count) {
    Predictor<NDList, NDList> predictor = takePredictor();
    try (NDManager manager = network.getNDManager().newSubManager()) {
      ByteBuffer batch =
          inputs
              .slice(0, count * model.recipe().samples() * Float.BYTES)
              .order(java.nio.ByteOrder.nativeOrder());
      NDArray pixels = manager.create(batch, shape(count), DataType.FLOAT32);
      pixels.setName(model.network().input());
      return vectors(predictor.predict(new NDList(pixels)), count);
    } catch (TranslateException | RuntimeException e) {
      throw new InferenceException(
          "%s failed on a batch of %d: %s"
              .formatted(model.network().engine(), count, e.getMessage()),
          e);
    } finally {
      predictors.add(predictor);
    }
  }

  private Predictor<NDList, NDList> takePredictor() {
    try {
      return predictors.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InferenceException("interrupted while waiting for the network", e);
    }
  }

  private Shape shape(int count) {
    ImageRecipe recipe = model.recipe();
    return recipe.layout() == ImageRecipe.Layout.NHWC
        ? new Shape(count, recipe.height(), recipe.width(), 3)
        : new Shape(count, 3, recipe.height(), recipe.width());
  }

  private float[][] vectors(NDList outputs, int count) {
    NDArray output =
        List.copyOf(outputs).stream()
            .filter(one -> model.network().output().equals(one.getName()))
            .findFirst()
            .orElse(outputs.getFirst());
    int dimension = model.description().dimension();
    if (!output.getShape().equals(new Shape(count, dimension))) {
      throw new InferenceException(
          "the output %s has shape %s, not (%d, %d): correct \"output\" or \"dimension\" in model.json"
              .formatted(model.network().output(), output.getShape(), count, dimension));
    }
    float[] all = output.toFloatArray();
    float[][] vectors = new float[count][dimension];
    for (int i = 0; i < count; i++) {
      System.arraycopy(all, i * dimension, vectors[i], 0, dimension);
    }
    return vectors;
  }

  @Override
  public void close() {
    predictors.forEach(Predictor::close);
    network.close();
  }
}
