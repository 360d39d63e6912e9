package io.semblance.embedding.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A network as one of DJL's engines has loaded it, with a predictor for each pass at a time. Any
 * thread may run it; whoever closes it sees to it that none does.
 */
final class DjlNetwork implements AutoCloseable {
  private final ModelPackage model;
  private final ZooModel<NDList, NDList> network;
  private final BlockingQueue<Predictor<NDList, NDList>> predictors;

  private DjlNetwork(ModelPackage model, int concurrency, ZooModel<NDList, NDList> network) {
    this.model = model;
    this.network = network;
    predictors = new ArrayBlockingQueue<>(concurrency);
    for (int i = 0; i < concurrency; i++) {
      predictors.add(network.newPredictor());
    }
  }

  /**
   * Loads the network of {@code model}.
   *
   * @param device the CPU or a GPU
   * @param threads of one forward pass on a CPU; 0 lets the engine choose
   * @param remapping whether TensorFlow may replace groups of operations by faster ones
   * @param concurrency passes at a time; more wait
   * @throws InvalidModelException if the engine or the device cannot take it
   */
  static DjlNetwork load(
      ModelPackage model, InferenceDevice device, int threads, boolean remapping, int concurrency) {
    String name = model.network().engine();
    EngineDevices.requireFormat(model, device);
    EngineSettings.pyTorch(threads);
    OptionalInt gpu = EngineDevices.gpu(model, device);
    try (SessionOptions onnxRuntime =
        name.equals(EngineSettings.ONNX_RUNTIME)
            ? EngineSettings.onnxRuntime(gpu, threads)
            : null) {
      Criteria.Builder<NDList, NDList> criteria =
          Criteria.builder()
              .setTypes(NDList.class, NDList.class)
              .optEngine(name)
              // Of inputs and outputs alone. The engines bring them to the network's own device;
              // with DJL's help TensorFlow's would go there, back and there again.
              .optDevice(Device.cpu())
              .optTranslator(new NoopTranslator());
      Path path = model.networkPath();
      if (Files.isDirectory(path)) {
        criteria.optModelPath(path);
      } else { // DJL warns of a path that is a file, and looks beside it for the name
        criteria.optModelPath(path.toAbsolutePath().getParent());
        criteria.optModelName(path.getFileName().toString());
      }
      if (onnxRuntime != null) {
        criteria.optOptions(
            untyped(new HashMap<>(Map.of(EngineSettings.ONNX_RUNTIME_OPTION, onnxRuntime))));
      } else if (name.equals(EngineSettings.TENSORFLOW)) {
        criteria.optOption(
            EngineSettings.TENSORFLOW_OPTION,
            EngineSettings.tensorFlow(gpu.isPresent(), threads, remapping, model.format()));
        if (model.network().signature() != null) {
          criteria.optOption(EngineSettings.SIGNATURE_OPTION, model.network().signature());
        }
      }
      return new DjlNetwork(model, concurrency, criteria.build().loadModel());
    } catch (InvalidModelException e) {
      throw e;
    } catch (IOException | ModelNotFoundException | MalformedModelException | RuntimeException e) {
      throw new InvalidModelException(
          gpu.isPresent()
              ? "%s cannot load %s on %s: %s: %s"
                  .formatted(
                      name,
                      model.networkPath(),
                      device,
                      EngineDevices.innermost(e).getMessage(),
                      EngineDevices.GPU_HELP)
              : "%s cannot load %s, which is damaged or of another kind: %s"
                  .formatted(name, model.networkPath(), EngineDevices.innermost(e).getMessage()),
          e);
    }
  }

  /** DJL hands the map on as it is, but declares its values to be text. */
  @SuppressWarnings("unchecked")
  private static Map<String, String> untyped(Map<String, ?> options) {
    return (Map<String, String>) options;
  }

  /**
   * Runs the network.
   *
   * @param feeds all that it takes
   * @param output name of what is wanted
   * @throws InferenceException if it fails, or this thread is interrupted while it waits
   */
  Output run(List<Feed> feeds, String output) {
    Predictor<NDList, NDList> predictor = takePredictor();
    try (NDManager manager = network.getNDManager().newSubManager()) {
      NDList inputs = new NDList();
      for (Feed feed : feeds) {
        NDArray array = feed.array(manager);
        array.setName(feed.name()); // without names inputs match by alphabet
        inputs.add(array);
      }
      return output(predictor.predict(inputs), output);
    } catch (InferenceException e) {
      throw e;
    } catch (TranslateException | RuntimeException e) {
      throw new InferenceException(
          "%s failed on %s: %s"
              .formatted(model.network().engine(), feeds, EngineDevices.innermost(e).getMessage()),
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

  private Output output(NDList outputs, String name) {
    NDArray output =
        outputs.stream()
            .filter(one -> name.equals(one.getName()) || isOnly(one, outputs))
            .findFirst()
            .orElseThrow(() ->
                new InferenceException(
                    "%s: \"output\" is %s, but the network's outputs are %s"
                        .formatted(
                            model.manifestFile(),
                            name,
                            outputs.stream().map(NDArray::getName).toList())));
    if (output.getDataType() != DataType.FLOAT32) {
      throw new InferenceException(
          "%s: the output %s is %s, not float32: export the network in float32"
              .formatted(model.networkPath(), name, output.getDataType()));
    }
    return new Output(output.toFloatArray(), output.getShape().getShape());
  }

  /** TorchScript does not name what it returns. */
  private static boolean isOnly(NDArray output, NDList outputs) {
    return output.getName() == null && outputs.size() == 1;
  }

  @Override
  public void close() {
    predictors.forEach(Predictor::close);
    predictors.clear();
    network.close();
  }
}
