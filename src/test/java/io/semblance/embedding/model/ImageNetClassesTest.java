package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.image.ImagePreprocessor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * A network of real ImageNet weights sees in photographs what its reference saw. The classifier
 * that its export lacks lies in the tests' resources: for each of 1,000 classes a float32 scale, a
 * float32 bias, and 1,280 weights of six bits.
 */
class ImageNetClassesTest {
  private static final Path MODEL = Path.of("../shared/models/efficientnet-lite0-imagenet");
  private static final Path DATA = Path.of("../shared/data");
  private static final Path CLASSIFIER = Path.of("src/test/resources/models/imagenet-classes.gz");
  private static final int CLASSES = 1_000;

  /** What six bits for a weight cost. */
  private static final Offset<Double> TOLERANCE = Offset.offset(0.015);

  @Test
  void shouldFindTheThreeClassesThatTheReferenceFound() throws IOException {
    assumeThat(Files.exists(MODEL)).as("real weights are beside the project").isTrue();
    Path file = MODEL.resolve("golden.json");
    JsonNode golden = new ObjectMapper().readTree(file.toFile());
    ByteBuffer classifier;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(CLASSIFIER))) {
      classifier = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
    try (EmbeddingModel model =
        EmbeddingModels.load(TestModels.options(MODEL, EngineSettings.TENSORFLOW))) {
      ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
      for (JsonNode entry : golden.get("images")) {
        String name = entry.get("file").asText();
        ByteBuffer input = TestModels.inputs(model, 1);
        preprocessor.preprocess(
            ReferencePictures.picture(file, DATA, name).decoded(), input.asFloatBuffer(), 0);
        double[] probabilities =
            probabilities(classifier, model.embed(input, 1)[0], entry.get("l2_norm").asDouble());
        List<Integer> best =
            IntStream.range(0, CLASSES)
                .boxed()
                .sorted(Comparator.comparing(one -> -probabilities[one]))
                .limit(3)
                .toList();
        for (int i = 0; i < best.size(); i++) {
          JsonNode expected = entry.get("top3").get(i);
          assertThat(best.get(i)).as(name).isEqualTo(expected.get(0).asInt());
          assertThat(probabilities[best.get(i)])
              .as(name)
              .isCloseTo(expected.get(1).asDouble(), TOLERANCE);
        }
      }
    }
  }

  /** The vector is scaled back to the norm that the features had before. */
  private static double[] probabilities(ByteBuffer classifier, float[] vector, double norm) {
    double[] values = new double[CLASSES];
    double sum = 0;
    for (int i = 0; i < CLASSES; i++) {
      double logit = 0;
      for (int j = 0; j < vector.length; j++) {
        int at = 2 * CLASSES * Float.BYTES + i * vector.length + j;
        logit += classifier.get(at) * vector[j] * norm;
      }
      float scale = classifier.getFloat(i * Float.BYTES);
      float bias = classifier.getFloat((CLASSES + i) * Float.BYTES);
      values[i] = Math.exp(logit * scale + bias);
      sum += values[i];
    }
    for (int i = 0; i < CLASSES; i++) {
      values[i] /= sum;
    }
    return values;
  }
}
