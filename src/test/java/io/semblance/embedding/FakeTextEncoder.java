package io.semblance.embedding;

import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.InferenceException;
import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.embedding.model.TextEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * An encoder whose vector is the length of a text. It notes its batches, can be held, and fails.
 */
final class FakeTextEncoder implements TextEncoder {
  static final String POISON = "poison";
  static final String NOT_FINITE = "not finite";

  final List<List<String>> batches = new CopyOnWriteArrayList<>();
  final CountDownLatch held = new CountDownLatch(1);
  private final Semaphore permits;

  /** Whether every batch fails, as on a GPU that has gone. */
  volatile boolean broken;

  volatile boolean closed;

  private FakeTextEncoder(int permits) {
    this.permits = new Semaphore(permits);
  }

  static FakeTextEncoder running() {
    return new FakeTextEncoder(Integer.MAX_VALUE / 2);
  }

  /** Returns an encoder whose first batch waits for {@link #release}. */
  static FakeTextEncoder held() {
    return new FakeTextEncoder(0);
  }

  void release() {
    permits.release(Integer.MAX_VALUE / 2);
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    batches.add(List.copyOf(texts));
    held.countDown();
    permits.acquireUninterruptibly();
    permits.release();
    if (broken) {
      throw new UnsatisfiedLinkError("the GPU has gone");
    }
    if (texts.contains(POISON)) {
      throw new InferenceException("poisoned");
    }
    List<float[]> vectors = new ArrayList<>();
    for (String text : texts) {
      vectors.add(new float[] {text.equals(NOT_FINITE) ? Float.NaN : text.length()});
    }
    return vectors;
  }

  @Override
  public ModelDescription description() {
    return FakeModel.DESCRIPTION;
  }

  @Override
  public InferenceDevice device() {
    return new InferenceDevice.Cpu();
  }

  @Override
  public int contextLength() {
    return 8;
  }

  @Override
  public long[] tokens(String text) {
    return new long[contextLength()];
  }

  @Override
  public boolean cuts(String text) {
    return text.length() > contextLength();
  }

  @Override
  public Optional<LabelScale> labelScale() {
    return Optional.empty();
  }

  @Override
  public void close() {
    closed = true;
  }
}
