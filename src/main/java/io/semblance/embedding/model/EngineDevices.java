package io.semblance.embedding.model;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.util.cuda.CudaUtils;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/** Which devices the engines can use here. */
final class EngineDevices {
  static final String GPU_HELP =
      "see GPU in the README for the natives and CUDA libraries that it needs";

  private static final String PYTORCH_HELP =
      "MAVEN_ARGS=-Ppytorch ./semblance or ./mvnw -Ppytorch (see TorchScript in docs/models.md)";

  private static final Logger LOG = System.getLogger(EngineDevices.class.getName());

  private EngineDevices() {}

  /**
   * Returns what {@code loading} makes of {@code model} on {@code device}. Where that is left to
   * the engine and a GPU fails it, the CPU takes its place, with a warning.
   */
  static <T> T on(
      InferenceDevice device, ModelPackage model, Function<InferenceDevice, T> loading) {
    if (!(device instanceof InferenceDevice.Auto)) {
      return loading.apply(device);
    }
    Optional<InferenceDevice> gpu = firstGpu(model);
    if (gpu.isPresent()) {
      try {
        return loading.apply(gpu.get());
      } catch (InvalidModelException e) {
        LOG.log(
            Level.WARNING,
            "{0} cannot be used, the CPU takes its place; set the device of {1} to one of them: {2}",
            gpu.get(),
            model.description().id(),
            e.getMessage());
      }
    }
    return loading.apply(new InferenceDevice.Cpu());
  }

  /**
   * Returns the first GPU that the engine of {@code model} can use; empty if there is none, with a
   * warning if the machine has one.
   */
  private static Optional<InferenceDevice> firstGpu(ModelPackage model) {
    int gpus = CudaUtils.getGpuCount();
    if (gpus == 0) {
      return Optional.empty();
    }
    Engine engine = engine(model);
    if (engine.getGpuCount() > 0) {
      return Optional.of(new InferenceDevice.Gpu(0));
    }
    LOG.log(
        Level.WARNING,
        "This machine has {0} GPUs, but {1} can use none and runs on the CPU: {2}; or set the device of {3} to cpu",
        gpus,
        engine.getEngineName(),
        GPU_HELP,
        model.description().id());
    return Optional.empty();
  }

  private static Engine engine(ModelPackage model) {
    try {
      return Engine.getEngine(model.network().engine());
    } catch (IllegalArgumentException | EngineException e) {
      if (model.network().engine().equals(EngineSettings.PYTORCH)
          && !Engine.getAllEngines().contains(EngineSettings.PYTORCH)) {
        throw new InvalidModelException(
            "%s is TorchScript, for the engine PyTorch, which this build leaves out: build with the profile for it, %s"
                .formatted(model.networkPath(), PYTORCH_HELP),
            e);
      }
      throw new InvalidModelException(
          "%s: the engine %s cannot be started; there are %s: %s"
              .formatted(
                  model.manifestFile(),
                  model.network().engine(),
                  Engine.getAllEngines(),
                  innermost(e).getMessage()),
          e);
    }
  }

  /**
   * Requires that the engine of {@code model} computes in its numeric format on {@code device}.
   *
   * @throws InvalidModelException if not; the message names what does
   */
  static void requireFormat(ModelPackage model, InferenceDevice device) {
    boolean gpu = device instanceof InferenceDevice.Gpu;
    Set<NumericFormat> formats =
        switch (model.network().engine()) {
          case EngineSettings.TENSORFLOW ->
              EnumSet.of(
                  NumericFormat.FLOAT32, gpu ? NumericFormat.FLOAT16 : NumericFormat.BFLOAT16);
          case EngineSettings.ONNX_RUNTIME ->
              gpu
                  ? EnumSet.allOf(NumericFormat.class)
                  : EnumSet.of(NumericFormat.FLOAT32, NumericFormat.FLOAT16);
          default -> EnumSet.of(NumericFormat.FLOAT32);
        };
    if (!formats.contains(model.format())) {
      throw new InvalidModelException(
          "semblance.model.numeric-format is %s, but on %s %s computes in %s: choose one of them, another engine or another device"
              .formatted(model.format(), device, model.network().engine(), formats));
    }
  }

  /**
   * Returns the number of the GPU; empty for the CPU.
   *
   * @throws InvalidModelException if the engine of {@code model} cannot use it
   */
  static OptionalInt gpu(ModelPackage model, InferenceDevice device) {
    Engine engine = engine(model);
    if (!(device instanceof InferenceDevice.Gpu(int number))) {
      return OptionalInt.empty();
    }
    int gpus = CudaUtils.getGpuCount();
    int usable = gpus == 0 ? 0 : engine.getGpuCount(); // ONNX Runtime's search for CUDA is noisy
    if (number >= usable) {
      throw new InvalidModelException(
          "semblance.model.device is %s, but of %d GPUs here %s can use %d: %s, or use auto or cpu"
              .formatted(device, gpus, engine.getEngineName(), usable, GPU_HELP));
    }
    if (number > 0 && engine.getEngineName().equals(EngineSettings.TENSORFLOW)) {
      throw new InvalidModelException(
          "semblance.model.device is %s, but TensorFlow runs networks on the first GPU that it sees: set CUDA_VISIBLE_DEVICES=%d in the environment and use gpu:0"
              .formatted(device, number));
    }
    return OptionalInt.of(number);
  }

  /** Returns the first cause, which alone says what an engine did not like. */
  static Throwable innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
