package io.semblance.embedding.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
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
import ai.djl.util.cuda.CudaUtils;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.semblance.image.ImageRecipe;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A network run by one of DJL's engines; one predictor for each batch in flight. */
final class DjlModel implements EmbeddingModel {
  private static final Logger LOG = System.getLogger(DjlModel.class.getName());

  /** Longest wait for a forward pass to end. */
  private static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  private static final String GPU_HELP =
      "see GPU in the README for the natives and CUDA libraries that it needs";

  private static final int CONCURRENCY_CPU = 1;
  private static final int CONCURRENCY_GPU = 2;

  private final ModelPackage model;
  private final InferenceDevice device;
  private final ZooModel<NDList, NDList> network;
  private final BlockingQueue<Predictor<NDList, NDList>> predictors;
  private final int concurrency;

  /**
   * Whether all batches are given one size. On a GPU, ONNX Runtime prepares every convolution anew,
   * for a third of a second in all, whenever a batch has another size than the one before.
   */
  private final boolean padsBatches;

  /** The size, which grows with the largest batch; what pads a batch costs less than the change. */
  private final AtomicInteger paddedRows = new AtomicInteger();

  /** Read by forward passes, written by the close that must wait for them. */
  private final ReentrantReadWriteLock passes = new ReentrantReadWriteLock();

  private volatile boolean closed;

  private DjlModel(ModelPackage model, InferenceDevice device, ZooModel<NDList, NDList> network) {
    this.model = model;
    this.device = device;
    this.network = network;
    padsBatches =
        device instanceof InferenceDevice.Gpu
            && model.network().engine().equals(EngineSettings.ONNX_RUNTIME);
    concurrency = device instanceof InferenceDevice.Gpu ? CONCURRENCY_GPU : CONCURRENCY_CPU;
    predictors = new ArrayBlockingQueue<>(concurrency);
    for (int i = 0; i < concurrency; i++) {
      predictors.add(network.newPredictor());
    }
  }

  /**
   * Returns the first GPU that the engine of {@code model} can use; empty if there is none, with a
   * warning if the machine has one.
   */
  static Optional<InferenceDevice> firstGpu(ModelPackage model) {
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
        "This machine has {0} GPUs, but {1} can use none and runs on the CPU: {2}; or set semblance.model.device to cpu",
        gpus,
        engine.getEngineName(),
        GPU_HELP);
    return Optional.empty();
  }

  /**
   * Loads the network of {@code model}.
   *
   * @param device the CPU or a GPU
   * @param threads of one forward pass on a CPU; 0 lets the engine choose
   * @param remapping whether TensorFlow may replace groups of operations by faster ones
   */
  static DjlModel load(ModelPackage model, InferenceDevice device, int threads, boolean remapping) {
    String name = model.network().engine();
    OptionalInt gpu = gpu(engine(model), device);
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
            EngineSettings.tensorFlow(gpu.isPresent(), threads, remapping));
      }
      return new DjlModel(model, device, criteria.build().loadModel());
    } catch (InvalidModelException e) {
      throw e;
    } catch (IOException | ModelNotFoundException | MalformedModelException | RuntimeException e) {
      throw new InvalidModelException(
          gpu.isPresent()
              ? "%s cannot load %s on %s: %s: %s"
                  .formatted(name, model.networkPath(), device, innermost(e).getMessage(), GPU_HELP)
              : "%s cannot load %s, which is damaged or of another kind: %s"
                  .formatted(name, model.networkPath(), innermost(e).getMessage()),
          e);
    }
  }

  private static Engine engine(ModelPackage model) {
    try {
      return Engine.getEngine(model.network().engine());
    } catch (IllegalArgumentException | EngineException e) {
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

  private static Throwable innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** DJL hands the map on as it is, but declares its values to be text. */
  @SuppressWarnings("unchecked")
  private static Map<String, String> untyped(Map<String, ?> options) {
    return (Map<String, String>) options;
  }

  /** Returns the number of the GPU; empty for the CPU. */
  private static OptionalInt gpu(Engine engine, InferenceDevice device) {
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

  @Override
  public ModelDescription description() {
    return model.description();
  }

  @Override
  public InferenceDevice device() {
    return device;
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
    int bytes = Math.multiplyExact(count, model.recipe().samples() * Float.BYTES);
    if (count < 1 || !inputs.isDirect() || inputs.capacity() < bytes) {
      throw new IllegalArgumentException(
          "%d inputs take a direct buffer of %d bytes: %s".formatted(count, bytes, inputs));
    }
    passes.readLock().lock();
    try {
      if (closed) {
        throw new InferenceException("the network is closed");
      }
      return pass(inputs, count);
    } finally {
      passes.readLock().unlock();
    }
  }

  private float[][] pass(ByteBuffer inputs, int count) {
    int rows = padsBatches ? paddedRows(inputs, count) : count;
    Predictor<NDList, NDList> predictor = takePredictor();
    try (NDManager manager = network.getNDManager().newSubManager()) {
      NDArray pixels = manager.create(batch(inputs, count, rows), shape(rows), DataType.FLOAT32);
      pixels.setName(model.network().input()); // without a name inputs match by alphabet
      return vectors(predictor.predict(new NDList(pixels)), rows, count);
    } catch (InferenceException e) {
      throw e;
    } catch (TranslateException | RuntimeException e) {
      throw new InferenceException(
          "%s failed on a batch of %d: %s"
              .formatted(model.network().engine(), count, innermost(e).getMessage()),
          e);
    } finally {
      predictors.add(predictor);
    }
  }

  private int paddedRows(ByteBuffer inputs, int count) {
    int room = inputs.capacity() / (model.recipe().samples() * Float.BYTES);
    return paddedRows.accumulateAndGet(rowsAtLeast(count, room), Math::max);
  }

  /**
   * Returns the rows to which a batch of {@code count} is padded that is the largest so far: few
   * sizes on the way to the largest, and no more than the {@code room} of its buffer.
   */
  static int rowsAtLeast(int count, int room) {
    int powerOfTwo = count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
    return Math.min(powerOfTwo, room);
  }

  /** The first {@code count} inputs and, up to {@code rows}, whatever the buffer holds behind. */
  private ByteBuffer batch(ByteBuffer inputs, int count, int rows) {
    int inputBytes = model.recipe().samples() * Float.BYTES;
    int bytes = Math.multiplyExact(rows, inputBytes);
    if (bytes <= inputs.capacity()) {
      return inputs.slice(0, bytes).order(ByteOrder.nativeOrder());
    }
    ByteBuffer padded = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    padded.put(0, inputs, 0, count * inputBytes);
    return padded;
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

  private float[][] vectors(NDList outputs, int rows, int count) {
    String name = model.network().output();
    NDArray output =
        outputs.stream()
            .filter(one -> name.equals(one.getName()))
            .findFirst()
            .orElseThrow(() ->
                new InferenceException(
                    "%s: \"output\" is %s, but the network's outputs are %s"
                        .formatted(
                            model.manifestFile(),
                            name,
                            outputs.stream().map(NDArray::getName).toList())));
    int dimension = model.description().dimension();
    if (!output.getShape().equals(new Shape(rows, dimension))
        || output.getDataType() != DataType.FLOAT32) {
      throw new InferenceException(
          "%s: the output %s is %s %s, not float32 (%d, %d): correct \"output\" or \"dimension\""
              .formatted(
                  model.manifestFile(),
                  name,
                  output.getDataType(),
                  output.getShape(),
                  rows,
                  dimension));
    }
    float[] all = output.toFloatArray();
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = Arrays.copyOfRange(all, i * dimension, (i + 1) * dimension);
      if (!model.manifest().unitNorm()) {
        UnitNorm.normalise(vectors[i]);
      }
    }
    return vectors;
  }

  /** Waits for the passes in progress: a network closed inside one takes the process with it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!passes.writeLock().tryLock(CLOSE_TIME_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.log(
            Level.WARNING,
            "A forward pass has not ended within {0}: the network stays open",
            CLOSE_TIME_LIMIT);
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    try {
      predictors.forEach(Predictor::close);
      predictors.clear();
      network.close();
    } finally {
      passes.writeLock().unlock();
    }
  }
}
