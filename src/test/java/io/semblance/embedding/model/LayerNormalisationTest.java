package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * TensorFlow's CPU fusion of layer normalisation with constant weights takes an epsilon of its own,
 * 1e-3, whatever the graph says.
 */
class LayerNormalisationTest {
  private static final int SIDE = 8;
  private static final int WIDTH = SIDE * 3;
  private static final float EPSILON = 1e-6f;

  @TempDir private Path folder;

  private final float[] gamma = new float[WIDTH];
  private final float[] beta = new float[WIDTH];

  @Test
  void shouldRunTheGraphAsItSaysWhereTheEngineWouldNotWithoutGoldenVectors() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < WIDTH; i++) {
      gamma[i] = random.nextFloat(0.5f, 1.5f);
      beta[i] = random.nextFloat(-1, 1);
    }
    EngineSettings.prepare(0);
    assertThat(Engine.getEngine(EngineSettings.TENSORFLOW)).isNotNull();
    export(folder.resolve("saved_model"));
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        """
        {"size": {"height": 8, "width": 8}, "resample": 2,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        """);
    ModelPackage model = ModelPackage.read(folder, Optional.empty());
    ByteBuffer input = ByteBuffer.allocateDirect(model.recipe().samples() * Float.BYTES);
    input.order(ByteOrder.nativeOrder());
    float[] pixels = new float[SIDE * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat(-0.05f, 0.05f);
      input.asFloatBuffer().put(i, pixels[i]);
    }
    float[] expected = expected(pixels);

    try (EmbeddingModel fused = DjlModel.load(model, new InferenceDevice.Cpu(), 2, true)) {
      float[] vector = fused.embed(input, 1)[0];
      float deviation = 0;
      for (int i = 0; i < vector.length; i++) {
        deviation = Math.max(deviation, Math.abs(vector[i] - expected[i]));
      }
      System.out.println("with graph remapping the vector deviates by " + deviation);
    }
    try (EmbeddingModel network =
        EmbeddingModels.load(TestModels.options(folder, EngineSettings.TENSORFLOW))) {
      assertThat(network.embed(input, 1)[0]).containsExactly(expected, Offset.offset(1e-4f));
    }
  }

  /** The rows of the picture, each normalised, as one vector of unit norm. */
  private float[] expected(float[] pixels) {
    float[] expected = new float[pixels.length];
    for (int row = 0; row < SIDE; row++) {
      double mean = 0;
      for (int i = 0; i < WIDTH; i++) {
        mean += pixels[row * WIDTH + i] / WIDTH;
      }
      double variance = 0;
      for (int i = 0; i < WIDTH; i++) {
        variance += Math.pow(pixels[row * WIDTH + i] - mean, 2) / WIDTH;
      }
      for (int i = 0; i < WIDTH; i++) {
        int at = row * WIDTH + i;
        expected[at] =
            (float) ((pixels[at] - mean) / Math.sqrt(variance + EPSILON) * gamma[i] + beta[i]);
      }
    }
    UnitNorm.normalise(expected);
    return expected;
  }

  private void export(Path target) throws IOException {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> picture =
          tf.withName("picture")
              .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIDE, SIDE, 3)));
      Operand<TFloat32> x = tf.reshape(picture, tf.constant(new int[] {-1, SIDE, WIDTH}));
      Operand<TFloat32> mean = tf.math.mean(x, tf.constant(new int[] {2}), Mean.keepDims(true));
      Operand<TFloat32> variance =
          tf.math.mean(
              tf.math.squaredDifference(x, tf.stopGradient(mean)),
              tf.constant(new int[] {2}),
              Mean.keepDims(true));
      Operand<TFloat32> inverse =
          tf.math.mul(
              tf.math.rsqrt(tf.math.add(variance, tf.constant(EPSILON))), tf.constant(gamma));
      Operand<TFloat32> normalised =
          tf.math.add(
              tf.math.mul(x, inverse), tf.math.sub(tf.constant(beta), tf.math.mul(mean, inverse)));
      Operand<TFloat32> vector =
          tf.withName("vector").reshape(normalised, tf.constant(new int[] {-1, SIDE * WIDTH}));
      Signature signature =
          Signature.builder()
              .key("serving_default")
              .input("picture", picture)
              .output("vector", vector)
              .methodName("tensorflow/serving/predict")
              .build();
      try (Session session = new Session(graph)) {
        SavedModelBundle.exporter(target.toString())
            .withTags("serve")
            .withFunction(SessionFunction.create(signature, session))
            .export();
      }
    }
  }
}
