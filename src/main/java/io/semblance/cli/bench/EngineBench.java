package io.semblance.cli.bench;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRejectedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The bare engine: forward passes over inputs that are already preprocessed, as many at a time as
 * the pipeline has in flight.
 */
final class EngineBench {
  private static final List<Integer> BATCH_SIZES_CPU = List.of(1, 8, 16, 32);
  private static final List<Integer> BATCH_SIZES_GPU = List.of(1, 8, 16, 32, 64, 128);

  /**
   * A rate and its cost.
   *
   * @param embeddingsPerSecond by the clock
   * @param processorMillis processor time of one embedding
   */
  record Measured(double embeddingsPerSecond, double processorMillis) {}

  private final EmbeddingModel model;
  private final ByteBuffer inputs;
  private final int count;
  private final List<Integer> batchSizes;
  private final Map<Integer, List<Double>> rates = new LinkedHashMap<>();
  private final Map<Integer, List<Double>> processorMillis = new LinkedHashMap<>();

  /** Returns the batch sizes worth measuring where {@code model} runs. */
  static List<Integer> batchSizes(EmbeddingModel model) {
    return model.device() instanceof InferenceDevice.Gpu ? BATCH_SIZES_GPU : BATCH_SIZES_CPU;
  }

  /** Preprocesses {@code images}. */
  EngineBench(
      EmbeddingModel model, ImageDecoder decoder, List<byte[]> images, List<Integer> batchSizes)
      throws ImageRejectedException {
    this.model = model;
    this.batchSizes = batchSizes;
    count = images.size();
    int samples = model.recipe().samples();
    inputs =
        ByteBuffer.allocateDirect(Math.multiplyExact(count, samples * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    FloatBuffer floats = inputs.asFloatBuffer();
    ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
    for (int i = 0; i < count; i++) {
      preprocessor.preprocess(decoder.decode(images.get(i)), floats, i * samples);
    }
    for (int size : batchSizes) {
      rates.put(size, new ArrayList<>());
      processorMillis.put(size, new ArrayList<>());
    }
  }

  /** Embeds at every batch size for {@code time} each. */
  void round(Duration time, boolean counts) throws InterruptedException, ExecutionException {
    for (int size : batchSizes) {
      Measured measured = measure(size, time);
      if (counts) {
        Objects.requireNonNull(rates.get(size)).add(measured.embeddingsPerSecond());
        Objects.requireNonNull(processorMillis.get(size)).add(measured.processorMillis());
      }
    }
  }

  /** Embeds batches of {@code size}, one after the other, for {@code time}. */
  Measured measure(int size, Duration time) throws InterruptedException, ExecutionException {
    long processorBefore = ProcessorTime.ofProcess();
    long started = System.nanoTime();
    long embedded = 0;
    List<Future<Long>> lanes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(model.concurrency())) {
      for (int lane = 0; lane < model.concurrency(); lane++) {
        lanes.add(threads.submit(() -> embedUntil(started + time.toNanos(), size)));
      }
      for (Future<Long> lane : lanes) {
        embedded += lane.get();
      }
    }
    long elapsed = System.nanoTime() - started;
    return new Measured(
        embedded * 1e9 / elapsed, (ProcessorTime.ofProcess() - processorBefore) / 1e6 / embedded);
  }

  private long embedUntil(long end, int size) {
    int inputBytes = model.recipe().samples() * Float.BYTES;
    long embedded = 0;
    int next = 0;
    do {
      if (next + size > count) {
        next = 0;
      }
      model.embed(
          inputs.slice(next * inputBytes, size * inputBytes).order(ByteOrder.nativeOrder()), size);
      next += size;
      embedded += size;
    } while (System.nanoTime() - end < 0);
    return embedded;
  }

  /** Returns the vectors of the first {@code size} pictures. */
  float[][] vectors(int size) {
    return model.embed(inputs, size);
  }

  /** Writes all inputs to a new file, float32 in native byte order. */
  void writeInputs(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer rest = inputs.duplicate();
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    }
  }

  /** Returns the shape of all inputs. */
  List<Integer> shape() {
    ImageRecipe recipe = model.recipe();
    return recipe.layout() == ImageRecipe.Layout.NHWC
        ? List.of(count, recipe.height(), recipe.width(), 3)
        : List.of(count, 3, recipe.height(), recipe.width());
  }

  /** Returns the medians at each batch size. */
  Map<Integer, Measured> medians() {
    Map<Integer, Measured> medians = new LinkedHashMap<>();
    for (int size : batchSizes) {
      medians.put(
          size,
          new Measured(
              Distribution.median(Objects.requireNonNull(rates.get(size))),
              Distribution.median(Objects.requireNonNull(processorMillis.get(size)))));
    }
    return medians;
  }
}
