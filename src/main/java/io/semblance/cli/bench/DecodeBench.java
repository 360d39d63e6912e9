package io.semblance.cli.bench;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRejectedException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Decoding and preprocessing on one thread, in processor time. */
final class DecodeBench {
  private DecodeBench() {}

  /**
   * What was measured.
   *
   * @param decodeMillis median for one image
   * @param preprocessMillis median for one image
   * @param meanBytes of the encoded images
   */
  record Result(double decodeMillis, double preprocessMillis, long meanBytes) {}

  /** Decodes and preprocesses every image {@code rounds} times, after one more to warm up. */
  static Result run(EmbeddingModel model, ImageDecoder decoder, List<byte[]> images, int rounds)
      throws ImageRejectedException {
    ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
    FloatBuffer input = FloatBuffer.allocate(model.recipe().samples());
    List<Double> decode = new ArrayList<>();
    List<Double> preprocess = new ArrayList<>();
    for (int round = 0; round <= rounds; round++) {
      for (byte[] image : images) {
        long started = ProcessorTime.ofThread();
        DecodedImage picture = decoder.decode(image);
        long decoded = ProcessorTime.ofThread();
        preprocessor.preprocess(picture, input, 0);
        long ended = ProcessorTime.ofThread();
        if (round > 0) {
          decode.add((decoded - started) / 1e6);
          preprocess.add((ended - decoded) / 1e6);
        }
      }
    }
    long bytes = images.stream().mapToLong(image -> image.length).sum();
    return new Result(
        Distribution.median(decode), Distribution.median(preprocess), bytes / images.size());
  }
}
