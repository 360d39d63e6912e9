package io.semblance.embedding.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImagePreprocessor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingModelsTest {
  private static final Path DEMO = Path.of("../shared/data/demo/images");
  private static final float TOLERANCE = 1e-4f;

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldReproduceTheGoldenVectorsOfThePackage(String engine) {
    ModelPackage model = ModelPackage.read(TestModels.DEFAULT, Optional.of(engine));
    GoldenVectors golden = Objects.requireNonNull(GoldenVectors.read(model));
    try (EmbeddingModel network = TestModels.load(engine)) {
      assertThat(golden).isNotNull();
      assertThat(golden.vectors()).hasSize(6);
      float deviation = golden.agreement(network).deviation();
      System.out.printf("%s deviates from the golden vectors by %s%n", engine, deviation);
      assertThat(deviation).isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldReproduceTheGoldenVectorsFromThePhotographsThemselves(String engine) throws Exception {
    assumeThat(DEMO).as("the golden photographs are beside the project").isDirectory();
    JsonNode golden =
        new ObjectMapper().readTree(TestModels.DEFAULT.resolve("golden.json").toFile());
    ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);
    try (EmbeddingModel network = TestModels.load(engine)) {
      ImagePreprocessor preprocessor = new ImagePreprocessor(network.recipe());
      for (JsonNode image : golden.get("images")) {
        ByteBuffer input = TestModels.inputs(network, 1);
        byte[] bytes = Files.readAllBytes(DEMO.resolve(image.get("file").asText()));
        preprocessor.preprocess(decoder.decode(bytes), input.asFloatBuffer(), 0);
        float[] vector = network.embed(input, 1)[0];
        float deviation = 0;
        for (int i = 0; i < vector.length; i++) {
          float expected = (float) image.get("embedding").get(i).asDouble();
          deviation = Math.max(deviation, Math.abs(expected - vector[i]));
        }
        assertThat(deviation).as(image.get("file").asText()).isLessThanOrEqualTo(TOLERANCE);
      }
    }
  }

  @Test
  void shouldGiveTheSameVectorsWithBothEnginesAtEveryBatchSize() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (EmbeddingModel tensorFlow = TestModels.load(EngineSettings.TENSORFLOW);
        EmbeddingModel onnxRuntime = TestModels.load(EngineSettings.ONNX_RUNTIME)) {
      int pixels = tensorFlow.recipe().width() * tensorFlow.recipe().height();
      for (int count : new int[] {1, 2, 7, 8}) {
        ByteBuffer rows = TestModels.inputs(tensorFlow, count);
        ByteBuffer planes = TestModels.inputs(onnxRuntime, count);
        for (int i = 0; i < count; i++) {
          for (int pixel = 0; pixel < pixels; pixel++) {
            for (int channel = 0; channel < 3; channel++) {
              float value = random.nextFloat(-1, 1);
              rows.asFloatBuffer().put((i * pixels + pixel) * 3 + channel, value);
              planes.asFloatBuffer().put((i * 3 + channel) * pixels + pixel, value);
            }
          }
        }
        float[][] first = tensorFlow.embed(rows, count);
        float[][] second = onnxRuntime.embed(planes, count);
        assertThat(first).hasDimensions(count, tensorFlow.description().dimension());
        for (int i = 0; i < count; i++) {
          assertThat(UnitNorm.norm(first[i]))
              .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-5));
          for (int j = 0; j < first[i].length; j++) {
            assertThat(second[i][j])
                .isCloseTo(first[i][j], org.assertj.core.data.Offset.offset(1e-5f));
          }
        }
      }
    }
  }

  @Test
  void shouldGiveAnImageTheSameVectorAloneAndInABatch() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (EmbeddingModel network = TestModels.load(EngineSettings.TENSORFLOW)) {
      int samples = network.recipe().samples();
      ByteBuffer batch = TestModels.inputs(network, 5);
      for (int i = 0; i < 5 * samples; i++) {
        batch.asFloatBuffer().put(i, random.nextFloat(-1, 1));
      }
      float[][] together = network.embed(batch, 5);
      for (int i = 0; i < 5; i++) {
        ByteBuffer alone = TestModels.inputs(network, 1);
        alone.asFloatBuffer().put(0, batch.asFloatBuffer(), i * samples, samples);
        assertThat(network.embed(alone, 1)[0])
            .containsExactly(together[i], org.assertj.core.data.Offset.offset(1e-5f));
      }
    }
  }

  /** Loads a package on the main thread of a process of its own, and tells JavaCPP's limit. */
  static final class Loading {
    private Loading() {}

    public static void main(String[] arguments) {
      EmbeddingModels.load(TestModels.options(Path.of(arguments[0]), arguments[1])).close();
      System.out.println("limit " + Pointer.maxPhysicalBytes());
    }
  }

  private static String load(Path directory, String engine, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Loading.class.getName(), directory.toString(), engine));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void shouldLoadTheModelUnderALongCommandLine() throws Exception {
    assertThat(
            load(TestModels.DEFAULT, EngineSettings.ONNX_RUNTIME, "-Dlong=" + "x".repeat(20_000)))
        .contains("limit");
  }

  @Test
  void shouldNotLetTheSizeOfTheIndexFailAllocationsOfTheEngine(@TempDir Path folder)
      throws Exception {
    Path copy = TestModels.copy(folder);
    // Without golden pictures no decoder is loaded before the network.
    TestModels.edit(
        copy.resolve("model.json"),
        "\"golden\": { \"vectors\": \"golden.json\", \"images\": \"golden\" },",
        "");
    assertThat(load(copy, EngineSettings.TENSORFLOW)).contains("limit 0");
    assertThat(Files.readAllLines(Path.of("jvm.args")))
        .contains("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldLetTheForwardPassInProgressEndBeforeItCloses(String engine) throws Exception {
    EmbeddingModel network = TestModels.load(engine);
    CountDownLatch running = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<?> passes =
          executor.submit(() -> {
            ByteBuffer inputs = TestModels.inputs(network, 8);
            while (true) {
              network.embed(inputs, 8);
              running.countDown();
            }
          });
      running.await();
      network.close();
      assertThatThrownBy(() -> passes.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(InferenceException.class)
          .hasMessageContaining("the network is closed");
      network.close(); // as often as one likes
    }
  }

  @Test
  void shouldReproduceTheGoldenVectorsWithoutGraphRemappingToo() {
    ModelPackage model =
        ModelPackage.read(TestModels.DEFAULT, Optional.of(EngineSettings.TENSORFLOW));
    GoldenVectors golden = Objects.requireNonNull(GoldenVectors.read(model));
    assertThat(golden).isNotNull();
    try (EmbeddingModel network = DjlModel.load(model, new InferenceDevice.Cpu(), 1, false)) {
      assertThat(golden.agreement(network).deviation()).isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @Test
  void shouldRefuseABufferThatIsNotDirectOrTooSmall() {
    try (EmbeddingModel network = TestModels.load(EngineSettings.ONNX_RUNTIME)) {
      ByteBuffer heap =
          ByteBuffer.allocate(network.recipe().samples() * Float.BYTES)
              .order(ByteOrder.nativeOrder());
      assertThatThrownBy(() -> network.embed(heap, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("direct buffer");
      assertThatThrownBy(() -> network.embed(TestModels.inputs(network, 1), 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldRefuseANetworkThatMissesItsGoldenVectors(String engine, @TempDir Path folder)
      throws IOException {
    Path copy = TestModels.copy(folder);
    TestModels.edit(copy.resolve("preprocessor_config.json"), "0.00392156862745098", "0.0040");
    assertThatThrownBy(() -> EmbeddingModels.load(TestModels.options(copy, engine)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("golden.json")
        .hasMessageContaining("deviates from its golden vectors")
        .hasMessageContaining("restore the package");
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldRefuseAnOutputThatTheNetworkDoesNotHave(String engine, @TempDir Path folder)
      throws IOException {
    Path copy = TestModels.copy(folder);
    TestModels.edit(
        copy.resolve("model.json"), "\"output\": \"embedding\"", "\"output\": \"pooled\"");
    assertThatThrownBy(() -> EmbeddingModels.load(TestModels.options(copy, engine)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("model.json")
        .hasMessageContaining("\"output\" is pooled")
        .hasMessageContaining("[embedding]");
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldRefuseATruncatedNetwork(String engine, @TempDir Path folder) throws IOException {
    Path copy = TestModels.copy(folder);
    Path file =
        copy.resolve(
            engine.equals(EngineSettings.TENSORFLOW) ? "saved_model/saved_model.pb" : "model.onnx");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> EmbeddingModels.load(TestModels.options(copy, engine)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(engine)
        .hasMessageContaining("damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldRefuseAGpuThatIsNotThere(String engine) {
    assumeThat(Files.exists(Path.of("/proc/driver/nvidia"))).as("no GPU here").isFalse();
    assertThatThrownBy(() ->
            EmbeddingModels.load(
                new ModelOptions(
                    TestModels.DEFAULT, Optional.of(engine), new InferenceDevice.Gpu(0), 1)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("semblance.model.device is gpu:0")
        .hasMessageContaining("of 0 GPUs here " + engine + " can use 0")
        .hasMessageContaining("GPU in the README");
  }

  @ParameterizedTest
  @ValueSource(strings = {EngineSettings.TENSORFLOW, EngineSettings.ONNX_RUNTIME})
  void shouldRunOnTheCpuWhereThereIsNoGpu(String engine) {
    assumeThat(Files.exists(Path.of("/proc/driver/nvidia"))).as("no GPU here").isFalse();
    try (EmbeddingModel network =
        EmbeddingModels.load(
            new ModelOptions(
                TestModels.DEFAULT, Optional.of(engine), new InferenceDevice.Auto(), 1))) {
      assertThat(network.device()).isEqualTo(new InferenceDevice.Cpu());
      assertThat(network.concurrency()).isEqualTo(1);
    }
  }
}
