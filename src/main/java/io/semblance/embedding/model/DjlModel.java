package io.semblance.embedding.model;

import io.semblance.image.ImageRecipe;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A model run by one of DJL's engines: one network for batches of all sizes or, where a change of
 * size is slow, one for each of a few sizes.
 */
final class DjlModel implements EmbeddingModel {
  private static final Logger LOG = System.getLogger(DjlModel.class.getName());

  /** Longest wait for a forward pass to end. */
  private static final Duration CLOSE_TIME_LIMIT = Duration.ofSeconds(20);

  private static final int CONCURRENCY_CPU = 1;
  private static final int CONCURRENCY_GPU = 2;

  /**
   * From one size of batches to the next. A network takes memory for each size; on an H100 a batch
   * of 8 took 1.5 times as long as a lone image, one of 64 four times as long as one of 8.
   */
  private static final int SIZE_STEP = 8;

  private final ModelPackage model;
  private final InferenceDevice device;
  private final int concurrency;
  private final boolean remapping;

  /**
   * Whether batches are given one of few sizes, and each size a network of its own. On a GPU, ONNX
   * Runtime prepares every convolution anew whenever a batch has another size than the one before:
   * for a third of a second in all in float32, for seconds in float16.
   */
  private final boolean padsBatches;

  private final Supplier<DjlNetwork> loading;

  /** For lone images, texts, and where batches are not padded for everything. */
  private final DjlNetwork network;

  /** By the size of their batches; each is loaded when the first batch needs it. */
  private final ConcurrentMap<Integer, DjlNetwork> networks = new ConcurrentHashMap<>();

  /** Read by forward passes, written by the close that must wait for them. */
  private final ReentrantReadWriteLock passes = new ReentrantReadWriteLock();

  /** With the dimension that a run told, if the package does not. */
  private volatile ModelDescription description;

  private volatile boolean closed;

  private DjlModel(
      ModelPackage model,
      InferenceDevice device,
      boolean remapping,
      int concurrency,
      boolean padsBatches,
      Supplier<DjlNetwork> loading) {
    this.model = model;
    this.remapping = remapping;
    this.device = device;
    this.concurrency = concurrency;
    this.padsBatches = padsBatches;
    this.loading = loading;
    description = model.description();
    network = loading.get();
    networks.put(1, network);
  }

  /**
   * Loads the network of {@code model}.
   *
   * @param device the CPU or a GPU
   * @param threads of one forward pass on a CPU; 0 lets the engine choose
   * @param remapping whether TensorFlow may replace groups of operations by faster ones
   */
  static DjlModel load(ModelPackage model, InferenceDevice device, int threads, boolean remapping) {
    return load(
        model,
        device,
        threads,
        remapping,
        device instanceof InferenceDevice.Gpu
            && model.network().engine().equals(EngineSettings.ONNX_RUNTIME));
  }

  /** As {@link #load}, with batches padded or not, wherever it runs. */
  static DjlModel load(
      ModelPackage model,
      InferenceDevice device,
      int threads,
      boolean remapping,
      boolean padsBatches) {
    int concurrency = device instanceof InferenceDevice.Gpu ? CONCURRENCY_GPU : CONCURRENCY_CPU;
    return new DjlModel(
        model,
        device,
        remapping,
        concurrency,
        padsBatches,
        () -> DjlNetwork.load(model, device, threads, remapping, concurrency));
  }

  @Override
  public ModelDescription description() {
    return description;
  }

  @Override
  public InferenceDevice device() {
    return device;
  }

  @Override
  public NumericFormat numericFormat() {
    return model.format();
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
      int rows = padsBatches ? paddedRows(count, room(inputs)) : count;
      DjlNetwork sized = padsBatches ? networkFor(rows) : network;
      Output output = sized.run(feeds(batch(inputs, count, rows), rows), model.network().output());
      return vectors(output, rows, count);
    } finally {
      passes.readLock().unlock();
    }
  }

  /** As {@link #embed}, for any inputs: runs the network and returns its output as it is. */
  Output forward(List<Feed> feeds, String output) {
    passes.readLock().lock();
    try {
      if (closed) {
        throw new InferenceException("the network is closed");
      }
      return network.run(feeds, output);
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

  private DjlNetwork networkFor(int rows) {
    return networks.computeIfAbsent(rows, this::further);
  }

  /** Where there can be no further network, that for lone images serves the size too, slowly. */
  private DjlNetwork further(int rows) {
    String obstacle;
    if (Fingerprint.areUnchanged(model.directory(), model.files())) {
      try {
        return loading.get();
      } catch (InvalidModelException e) {
        obstacle = String.valueOf(e.getMessage());
      }
    } else { // what runs is what was checked at the start
      obstacle = "the files of %s have changed since the start".formatted(model.directory());
    }
    LOG.log(
        Level.WARNING,
        "batches of {0} get no network of their own, and every change of size takes long until the"
            + " next start: {1}",
        rows,
        obstacle);
    return network;
  }

  /** Returns for which sizes of batches there is a network. */
  Set<Integer> sizes() {
    return Set.copyOf(networks.keySet());
  }

  private int room(ByteBuffer inputs) {
    return inputs.capacity() / (model.recipe().samples() * Float.BYTES);
  }

  /**
   * Returns the rows to which a batch of {@code count} is padded: one of few sizes, and above the
   * second no more than the {@code room} of its buffer, which for full batches then is none too
   * large.
   */
  static int paddedRows(int count, int room) {
    int rows = 1;
    while (rows < count) {
      rows *= SIZE_STEP;
    }
    return rows <= SIZE_STEP ? rows : Math.min(rows, room);
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
      Set.copyOf(networks.values()).forEach(DjlNetwork::close);
    } finally {
      passes.writeLock().unlock();
    }
  }
}
