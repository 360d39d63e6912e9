package io.semblance.embedding;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.embedding.model.NumericFormat;
import io.semblance.image.ImageRecipe;
import io.semblance.image.Resampling;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * A network whose vector is the colour of its one pixel: (red, green, blue), 0 to 255. It notes its
 * batches, can be held, and fails as told.
 */
final class FakeModel implements EmbeddingModel {
  /** Fails every batch that holds a pixel with this red. */
  static final int POISON = 250;

  /** Gives NaN for a pixel with this red. */
  static final int NOT_FINITE = 251;

  /** Throws an error, as natives may, for every batch that holds a pixel with this red. */
  static final int FATAL = 252;

  static final ModelDescription DESCRIPTION = new ModelDescription("fake", "1", "f0", 3, 0.5f);

  /** The red of each pixel of each batch, in the order in which they were run. */
  final List<List<Integer>> batches = new CopyOnWriteArrayList<>();

  private final int concurrency;
  private final Semaphore permits;
  private final CountDownLatch held = new CountDownLatch(1);

  /** Whether every batch fails, as on a GPU that has gone. */
  volatile boolean broken;

  /** What it says that it computes in. */
  volatile NumericFormat format = NumericFormat.FLOAT32;

  volatile boolean closed;

  private volatile CountDownLatch preparing = new CountDownLatch(0);

  private FakeModel(int concurrency, int permits) {
    this.concurrency = concurrency;
    this.permits = new Semaphore(permits);
  }

  static FakeModel running() {
    return running(1);
  }

  static FakeModel running(int concurrency) {
    return new FakeModel(concurrency, Integer.MAX_VALUE / 2);
  }

  /** Returns a network whose first batch waits for {@link #release}. */
  static FakeModel held() {
    return new FakeModel(1, 0);
  }

  /** Waits until a batch is held. */
  void awaitHeld() throws InterruptedException {
    held.await();
  }

  /** Lets batches wait for {@link #release} from now on. */
  void hold() {
    permits.drainPermits();
  }

  void release() {
    permits.release(Integer.MAX_VALUE / 2);
  }

  @Override
  public ModelDescription description() {
    return DESCRIPTION;
  }

  /** Holds the threads that decode, which ask for the recipe, until the latch is counted down. */
  CountDownLatch holdDecoding() {
    preparing = new CountDownLatch(1);
    return preparing;
  }

  @Override
  public InferenceDevice device() {
    return new InferenceDevice.Cpu();
  }

  @Override
  public ImageRecipe recipe() {
    try {
      preparing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new ImageRecipe(
        new ImageRecipe.Geometry.Squash(),
        1,
        1,
        Resampling.BILINEAR,
        1,
        new float[3],
        new float[] {1, 1, 1},
        ImageRecipe.Layout.NHWC);
  }

  @Override
  public NumericFormat numericFormat() {
    return format;
  }

  @Override
  public int concurrency() {
    return concurrency;
  }

  @Override
  public float[][] embed(ByteBuffer inputs, int count) {
    float[][] vectors = new float[count][3];
    List<Integer> reds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      inputs.asFloatBuffer().get(i * 3, vectors[i]);
      reds.add((int) vectors[i][0]);
    }
    batches.add(List.copyOf(reds));
    held.countDown();
    permits.acquireUninterruptibly();
    permits.release();
    if (broken) {
      throw new UnsatisfiedLinkError("the GPU has gone");
    }
    for (int i = 0; i < count; i++) {
      switch (reds.get(i)) {
        case POISON -> throw new InferenceException("poisoned");
        case FATAL -> throw new UnsatisfiedLinkError("no such native");
        case NOT_FINITE -> vectors[i][1] = Float.NaN;
        default -> {}
      }
    }
    return vectors;
  }

  @Override
  public void close() {
    closed = true;
  }
}
