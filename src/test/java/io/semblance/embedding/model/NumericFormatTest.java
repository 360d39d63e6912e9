package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumericFormatTest {
  private static final String ONNX = EngineSettings.ONNX_RUNTIME;
  private static final String TENSORFLOW = EngineSettings.TENSORFLOW;
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void shouldBeNamedAsItIsWritten(NumericFormat format) {
    assertThat(NumericFormat.parse(" " + format.toString().toUpperCase(Locale.ROOT)))
        .isEqualTo(format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fp16", "float64", "int8"})
  void shouldRefuseWhatIsNoFormat(String text) {
    assertThatThrownBy(() -> NumericFormat.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semblance.model.numeric-format")
        .hasMessageContaining("float32, bfloat16 or float16");
  }

  @Test
  void shouldKeepTheFingerprintOfFloat32AndGiveOtherFormatsTheirOwn() {
    String known = "9e726a312ad5f5487dd5f149cca7bf4e3cd7b5cbb4d81ad94ced1269641a523c";
    assertThat(fingerprint(NumericFormat.FLOAT32)).isEqualTo(known);
    assertThat(fingerprint(NumericFormat.BFLOAT16))
        .matches("[0-9a-f]{64}")
        .isNotIn(known, fingerprint(NumericFormat.FLOAT16));
  }

  private static String fingerprint(NumericFormat format) {
    return ModelPackage.read(TestModels.options(TestModels.DEFAULT, TENSORFLOW, format))
        .description()
        .fingerprint();
  }

  @Test
  void shouldRunTheNetworkOfTheFormatAskedFor() throws IOException {
    TinyOnnx.write(folder, 1, 1);
    ModelOptions half = TestModels.options(folder, ONNX, NumericFormat.FLOAT16);
    assertThat(ModelPackage.read(folder, Optional.empty()).network().path())
        .isEqualTo("model.onnx");
    assertThat(ModelPackage.read(half).network().path()).isEqualTo("model_fp16.onnx");
    try (EmbeddingModel exact = EmbeddingModels.load(TestModels.options(folder, ONNX));
        EmbeddingModel reduced = EmbeddingModels.load(half)) {
      VectorAgreement agreement = new VectorAgreement();
      agreement.add(vector(exact), vector(reduced));
      assertThat(agreement.deviation()).isPositive();
      assertThat(agreement.similarity()).isGreaterThan(0.9999f);
    }
  }

  @Test
  void shouldRunTheNetworkBesideTheOneThatTheManifestNames() throws IOException {
    TinyOnnx.write(folder, 1, 1);
    Files.writeString(
        folder.resolve("model.json"),
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"model.onnx\"}]}");
    ModelOptions half = TestModels.options(folder, ONNX, NumericFormat.FLOAT16);
    assertThat(ModelPackage.read(half).network().path()).isEqualTo("model_fp16.onnx");
    Files.delete(folder.resolve("model_fp16.onnx"));
    assertThatThrownBy(() -> ModelPackage.read(half))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("\"networks.path\" is model_fp16.onnx, which does not exist");
  }

  @Test
  void shouldCheckTheEnginesThatHaveTheFormat() throws IOException {
    assertThat(new PackageReader(TestModels.DEFAULT, NumericFormat.BFLOAT16).engines())
        .containsExactly(TENSORFLOW);
    TinyOnnx.write(folder, 1, 1);
    writeGolden();
    List<ModelCheck.Line> lines =
        ModelCheck.run(TestModels.options(folder, ONNX, NumericFormat.FLOAT16), Optional.empty());
    assertThat(lines).hasSize(1).allMatch(ModelCheck.Line::holds);
    assertThat(lines.getFirst().format()).isEqualTo("float16");
    assertThat(lines.getFirst().network()).isEqualTo("model_fp16.onnx");
    assertThat(lines.getFirst().similarity()).isGreaterThan(0.9999);
  }

  @Test
  void shouldRefuseAReducedNetworkThatIsFarFromTheGoldenVectors() throws IOException {
    TinyOnnx.write(folder, 1, 1);
    writeGolden();
    ModelOptions half = TestModels.options(folder, ONNX, NumericFormat.FLOAT16);
    EmbeddingModels.load(half).close();
    TinyOnnx.write(folder, 1, 2);
    assertThatThrownBy(() -> EmbeddingModels.load(half))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("golden.json: in float16 the smallest similarity")
        .hasMessageContaining("below 0.99")
        .hasMessageContaining("semblance.model.numeric-format to float32");
  }

  /** A picture and the vector that the network in float32 makes of it. */
  private void writeGolden() throws IOException {
    Random random = new Random(3);
    BufferedImage picture =
        new BufferedImage(TinyOnnx.SIDE, TinyOnnx.SIDE, BufferedImage.TYPE_INT_RGB);
    for (int at = 0; at < TinyOnnx.SIDE * TinyOnnx.SIDE; at++) {
      picture.setRGB(at % TinyOnnx.SIDE, at / TinyOnnx.SIDE, random.nextInt(1 << 24));
    }
    ImageIO.write(picture, "png", folder.resolve("noise.png").toFile());
    Files.writeString(
        folder.resolve("model.json"),
        "{\"golden\": {\"vectors\": \"golden.json\", \"images\": \".\"}}");
    float[] vector = new float[TinyOnnx.DIMENSION];
    vector[0] = 1;
    writeGolden(vector);
    ModelPackage model = ModelPackage.read(folder, Optional.of(ONNX));
    try (DjlModel network = DjlModel.load(model, new InferenceDevice.Cpu(), 2, true)) {
      GoldenVectors golden = Objects.requireNonNull(GoldenVectors.read(model));
      writeGolden(golden.computed(network)[0]);
    }
  }

  private void writeGolden(float[] vector) throws IOException {
    new ObjectMapper()
        .writeValue(
            folder.resolve("golden.json").toFile(),
            Map.of("images", List.of(Map.of("file", "noise.png", "embedding", vector))));
  }

  @ParameterizedTest
  @CsvSource({
    "TensorFlow, FLOAT16, 'on cpu TensorFlow computes in [float32, bfloat16]'",
    "OnnxRuntime, BFLOAT16, '\"networks.path\" is model_bf16.onnx, which does not exist'"
  })
  void shouldSayWhatElseTheEngineComputesIn(String engine, NumericFormat format, String message) {
    assertThatThrownBy(
            () -> EmbeddingModels.load(TestModels.options(TestModels.DEFAULT, engine, format)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldSayWhichFileWouldHoldTheFormat() throws IOException {
    TinyOnnx.write(folder, 1, 1);
    assertThatThrownBy(
            () -> ModelPackage.read(TestModels.options(folder, ONNX, NumericFormat.BFLOAT16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("no network in bfloat16");
  }

  @Test
  void shouldStayNearTheGoldenVectorsInBfloat16() throws IOException {
    assumeThat(Files.exists(PROCESSOR) ? Files.readString(PROCESSOR) : "")
        .as("the processor computes in bfloat16")
        .containsAnyOf("avx512_bf16", "amx_bf16");
    ModelOptions options =
        TestModels.options(TestModels.DEFAULT, TENSORFLOW, NumericFormat.BFLOAT16);
    GoldenVectors golden = Objects.requireNonNull(GoldenVectors.read(ModelPackage.read(options)));
    try (EmbeddingModel model = EmbeddingModels.load(options)) {
      VectorAgreement agreement = golden.agreement(model);
      System.out.printf(
          "in bfloat16: deviation %s, similarity %s%n",
          agreement.deviation(), agreement.similarity());
      assertThat(agreement.deviation()).isGreaterThan(GoldenVectors.DEVIATION_MAX);
      assertThat(agreement.similarity()).isGreaterThan(0.995f);
    }
  }

  private static float[] vector(EmbeddingModel model) {
    ByteBuffer input = TestModels.inputs(model, 1);
    Random random = new Random(7);
    for (int i = 0; i < model.recipe().samples(); i++) {
      input.asFloatBuffer().put(i, random.nextFloat(-1, 1));
    }
    return model.embed(input, 1)[0];
  }

  @Test
  void shouldKeepTheFormatOfTextsThatOnlyHaveFloat32() throws IOException {
    Path clip = Path.of("src/test/resources/models/clip-tiny");
    try (Stream<Path> walk = Files.walk(clip)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(clip.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    Path vision = folder.resolve("onnx/vision_model.onnx");
    Files.copy(vision, vision.resolveSibling("vision_model_fp16.onnx"));
    ModelOptions half = TestModels.options(folder, ONNX, NumericFormat.FLOAT16);

    ModelPackage model = ModelPackage.read(half);
    assertThat(model.network().path()).isEqualTo("onnx/vision_model_fp16.onnx");
    assertThat(Objects.requireNonNull(model.text()).format()).isEqualTo(NumericFormat.FLOAT32);
    List<ModelCheck.Line> lines =
        ModelCheck.run(half, Optional.of(Path.of("src/main/resources/demo")));

    assertThat(lines)
        .filteredOn(line -> line.subject().equals("text_embeds"))
        .singleElement()
        .satisfies(line -> assertThat(line.format()).isEqualTo("float32"));
    assertThat(lines)
        .filteredOn(line -> line.subject().equals("image_embeds"))
        .singleElement()
        .satisfies(line -> assertThat(line.format()).isEqualTo("float16"));
  }
}
