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
import io.semblance.image.ImageRecipe;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private static final int CONCURRENCY_CPU = 1;
  private static final int CONCURRENCY_GPU = 2;

  private final ModelPackage model;
  private final InferenceDevice device;
  private final ZooModel<NDList, NDList> network;
  private final BlockingQueue<Predictor<NDList, NDList>> predictors;
  private final int concurrency;
  private final boolean remapping;

  /**
   * Whether all batches are given one size. On a GPU, ONNX Runtime prepares every convolution anew,
   * for a third of a second in all, whenever a batch has another size than the one before.
   */
  private final boolean padsBatches;

  /** The size, which grows with the largest batch; what pads a batch costs less than the change. */
  private final AtomicInteger paddedRows = new AtomicInteger();

  /** Read by forward passes, written by the close that must wait for them. */
  private final ReentrantReadWriteLock passes = new ReentrantReadWriteLock();

  /** With the dimension that a run told, if the package does not. */
  private volatile ModelDescription description;

  private volatile boolean closed;

  private DjlModel(
      ModelPackage model,
      InferenceDevice device,
      boolean remapping,
      ZooModel<NDList, NDList> network) {
    this.model = model;
    this.remapping = remapping;
    this.device = device;
    this.network = network;
    padsBatches =
        device instanceof InferenceDevice.Gpu
            && model.network().engine().equals(EngineSettings.ONNX_RUNTIME);
    concurrency = device instanceof InferenceDevice.Gpu ? CONCURRENCY_GPU : CONCURRENCY_CPU;
    description = model.description();
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
   */
  static DjlModel load(ModelPackage model, InferenceDevice device, int threads, boolean remapping) {
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
      return new DjlModel(model, device, remapping, criteria.build().loadModel());
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

  @Override
  public ModelDescription description() {
    return description;
  }

  @Override
  public InferenceDevice device() {
    return device;
  }

  /** Returns whether TensorFlow may replace groups of operations by faster ones. */
  boolean remapping() {
    return remapping;
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
      int rows = padsBatches ? paddedRows(inputs, count) : count;
      Output output = run(feeds(batch(inputs, count, rows), rows), model.network().output());
      return vectors(output, rows, count);
    } finally {
      passes.readLock().unlock();
    }
  }

  /**
   * Runs the network, which is not to be closed meanwhile.
   *
   * @param feeds all that it takes
   * @param output name of what is wanted
   */
  private Output run(List<Feed> feeds, String output) {
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

  /** As {@link #embed}, for any inputs: runs the network and returns its output as it is. */
  Output forward(List<Feed> feeds, String output) {
    passes.readLock().lock();
    try {
      if (closed) {
        throw new InferenceException("the network is closed");
      }
      return run(feeds, output);
    } finally {
      passes.readLock().unlock();
    }
  }

  private List<Feed> feeds(ByteBuffer batch, int count) {
    List<Feed> feeds = new ArrayList<>();
    feeds.add(new Feed.Pictures(model.network().input(), batch, Feed.shape(model.recipe(), count)));
    for (ModelPackage.Companion companion : model.network().companions()) {
      feeds.add(Feed.of(companion, count));
    }
    return feeds;
  }

  /** Runs one grey picture, and takes the dimension from its vector if the package has none. */
  void measure() {
    int samples = model.recipe().samples();
    float[] vector =
        embed(ByteBuffer.allocateDirect(samples * Float.BYTES).order(ByteOrder.nativeOrder()), 1)[
            0];
    ModelDescription known = model.description();
    description =
        new ModelDescription(
            known.id(),
            known.version(),
            known.fingerprint(),
            vector.length,
            known.matchThreshold());
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

  private float[][] vectors(Output output, int rows, int count) {
    float[][] vectors;
    try {
      vectors =
          model
              .network()
              .pooling()
              .vectors(
                  output.values(),
                  output.shape(),
                  model.network().layout(),
                  model.network().prefixTokens());
    } catch (IllegalArgumentException e) {
      throw new InferenceException(
          "%s: the output %s of %s %s: correct \"output\" or \"pooling\""
              .formatted(
                  model.manifestFile(),
                  model.network().output(),
                  model.network().path(),
                  e.getMessage()),
          e);
    }
    int dimension = model.description().dimension();
    if (vectors.length != rows || (dimension > 0 && vectors[0].length != dimension)) {
      throw new InferenceException(
          "%s: the output %s is of shape %s, not (%d, %d): correct \"output\" or \"dimension\""
              .formatted(
                  model.manifestFile(),
                  model.network().output(),
                  Arrays.toString(output.shape()),
                  rows,
                  dimension));
    }
    float[][] wanted = rows == count ? vectors : Arrays.copyOf(vectors, count);
    if (!model.manifest().unitNorm()) {
      for (float[] vector : wanted) {
        UnitNorm.normalise(vector);
      }
    }
    return wanted;
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
