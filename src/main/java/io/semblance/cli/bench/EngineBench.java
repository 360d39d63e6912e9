package io.semblance.cli.bench;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRejectedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The bare engine: forward passes over inputs that are already preprocessed. */
final class EngineBench {
  static final List<Integer> BATCH_SIZES = List.of(1, 8, 16, 32);

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
  private final Map<Integer, List<Double>> rates = new LinkedHashMap<>();
  private final Map<Integer, List<Double>> processorMillis = new LinkedHashMap<>();

  /** Preprocesses {@code images}. */
  EngineBench(EmbeddingModel model, ImageDecoder decoder, List<byte[]> images)
      throws ImageRejectedException {
    this.model = model;
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
    for (int size : BATCH_SIZES) {
      rates.put(size, new ArrayList<>());
      processorMillis.put(size, new ArrayList<>());
    }
  }

  /** Embeds at every batch size for {@code time} each. */
  void round(Duration time, boolean counts) {
    for (int size : BATCH_SIZES) {
      Measured measured = embed(Math.min(size, count), time);
      if (counts) {
        Objects.requireNonNull(rates.get(size)).add(measured.embeddingsPerSecond());
        Objects.requireNonNull(processorMillis.get(size)).add(measured.processorMillis());
      }
    }
  }

  private Measured embed(int size, Duration time) {
    int inputBytes = model.recipe().samples() * Float.BYTES;
    long embedded = 0;
    int next = 0;
    long processorBefore = ProcessorTime.ofProcess();
    long started = System.nanoTime();
    long elapsed;
    do {
      if (next + size > count) {
        next = 0;
      }
      model.embed(
          inputs.slice(next * inputBytes, size * inputBytes).order(ByteOrder.nativeOrder()), size);
      next += size;
      embedded += size;
      elapsed = System.nanoTime() - started;
    } while (elapsed < time.toNanos());
    return new Measured(
        embedded * 1e9 / elapsed, (ProcessorTime.ofProcess() - processorBefore) / 1e6 / embedded);
  }

  /** Returns the medians at each batch size. */
  Map<Integer, Measured> medians() {
    Map<Integer, Measured> medians = new LinkedHashMap<>();
    for (int size : BATCH_SIZES) {
      medians.put(
          size,
          new Measured(
              Distribution.median(Objects.requireNonNull(rates.get(size))),
              Distribution.median(Objects.requireNonNull(processorMillis.get(size)))));
    }
    return medians;
  }
}
