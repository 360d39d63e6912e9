package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.image.ImagePreprocessor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family of embedders against what its reference computed, with every engine. */
class GoldenModelsTest {
  private static final Path GOLDEN = Path.of("../shared/models/golden");
  private static final Path DATA = Path.of("../shared/data");

  private static List<ModelCheck.Line> check(Path directory) {
    return check(directory, DATA);
  }

  private static List<ModelCheck.Line> check(Path directory, Path images) {
    List<ModelCheck.Line> lines =
        ModelCheck.run(
            new ModelOptions(directory, Optional.empty(), new InferenceDevice.Cpu(), 2),
            Optional.of(images));
    for (ModelCheck.Line line : lines) {
      System.out.printf(
          "%s | %s | %s | %s | %d | %.1e %s%n",
          directory.getFileName(),
          line.engine(),
          line.network(),
          line.subject(),
          line.compared(),
          line.deviation(),
          line.remark());
    }
    return lines;
  }

  @ParameterizedTest
  @CsvSource({"clip-tiny, 5", "vit-tiny, 5", "resnet-tiny, 2"})
  void shouldComputeWhatTheReferenceComputedOfTheShippedPhotographs(String family, int subjects) {
    Path directory = Path.of("src/test/resources/models", family);
    assertThat(check(directory, Path.of("src/main/resources/demo")))
        .hasSize(subjects)
        .allMatch(ModelCheck.Line::holds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet",
        "resnet-hf",
        "efficientnet",
        "efficientnet-hf",
        "mobilenetv3",
        "keras-mobilenetv2",
        "convnext",
        "vit",
        "dinov2",
        "vit-mae",
        "clip",
        "openclip",
        "eva-clip",
        "siglip",
        "sentence-transformers-clip"
      })
  void shouldComputeWhatTheReferenceComputed(String family) {
    Path directory = GOLDEN.resolve(family).normalize();
    assumeThat(Files.exists(directory)).as("golden models are beside the project").isTrue();
    assertThat(check(directory)).isNotEmpty().allMatch(ModelCheck.Line::holds);
  }

  /** Whichever of its exports is taken: pictures feed the text tower with nothing. */
  @ParameterizedTest
  @CsvSource({
    "TensorFlow, tf_saved_model, serving_default",
    "TensorFlow, tf_saved_model_towers, image_features",
    "OnnxRuntime, model.onnx,",
    "OnnxRuntime, onnx/vision_model.onnx,"
  })
  void shouldComputeTheSameWithEveryExportOfClip(
      String engine, String path, @Nullable String signature, @TempDir Path folder)
      throws IOException {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    Path copy = TestModels.copy(GOLDEN.resolve("clip"), folder);
    Files.delete(copy.resolve("tokenizer.json"));
    JsonNode golden = new ObjectMapper().readTree(copy.resolve("golden.json").toFile());
    Files.writeString(
        copy.resolve("model.json"),
        "{\"networks\": [{\"engine\": \"%s\", \"path\": \"%s\"%s}]}"
            .formatted(
                engine, path, signature == null ? "" : ", \"signature\": \"" + signature + "\""));
    try (EmbeddingModel model = EmbeddingModels.load(TestModels.options(copy, engine))) {
      ReferencePictures pictures =
          ReferencePictures.read(copy.resolve("golden.json"), golden, DATA);
      ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
      for (ReferencePictures.Picture picture : pictures.pictures()) {
        ByteBuffer input = TestModels.inputs(model, 1);
        preprocessor.preprocess(picture.decoded(), input.asFloatBuffer(), 0);
        float[] expected = picture.vector("image_embeds", model.recipe().passOrder());
        UnitNorm.normalise(expected);
        assertThat(model.embed(input, 1)[0])
            .as(picture.file())
            .containsExactly(expected, Offset.offset(1e-4f));
      }
    }
  }

  /** Ids of 32 bits, masks, and a picture that nobody asked for, as each export wants them. */
  @ParameterizedTest
  @CsvSource({
    "TensorFlow, tf_saved_model, tf_saved_model_towers",
    "TensorFlow, tf_saved_model_towers, tf_saved_model_towers",
    "OnnxRuntime, model.onnx, onnx/vision_model.onnx",
    "OnnxRuntime, onnx/text_model.onnx, model.onnx"
  })
  void shouldEmbedTheSameTextsWithEveryExportOfClip(
      String engine, String texts, String pictures, @TempDir Path folder) throws IOException {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    Path copy = TestModels.copy(GOLDEN.resolve("clip"), folder);
    JsonNode golden = new ObjectMapper().readTree(copy.resolve("golden.json").toFile());
    Files.writeString(
        copy.resolve("model.json"),
        """
        {"networks": [{"engine": "%1$s", "path": "%3$s"}],
         "text": {"networks": [{"engine": "%1$s", "path": "%2$s"}]}}
        """
            .formatted(engine, texts, pictures));
    List<String> wanted = new ArrayList<>();
    golden.get("text").forEach(entry -> wanted.add(entry.get("text").asText()));
    try (TextEncoder encoder = EmbeddingModels.loadText(TestModels.options(copy, engine))) {
      List<float[]> vectors = encoder.embed(wanted);
      assertThat(encoder.labelScale().orElseThrow().temperature())
          .isCloseTo(0.01, Offset.offset(1e-4));
      for (int i = 0; i < vectors.size(); i++) {
        JsonNode values = golden.get("text").get(i).get("vector");
        float[] expected = new float[values.size()];
        for (int j = 0; j < expected.length; j++) {
          expected[j] = (float) values.get(j).asDouble();
        }
        UnitNorm.normalise(expected);
        assertThat(vectors.get(i))
            .as(wanted.get(i))
            .containsExactly(expected, Offset.offset(1e-4f));
      }
    }
  }

  /** Its folder has no tokenizer: open_clip brings its own, and so do we. */
  @Test
  void shouldComputeWhatOpenClipComputedOfTextsToo() {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    assertThat(check(GOLDEN.resolve("openclip")))
        .extracting(ModelCheck.Line::subject)
        .containsExactly("pixels", "image_embeds", "token ids", "text_embeds", "probabilities");
  }

  /** Its preprocessor_config.json does not tell the rounding of the crop; golden.json does. */
  @Test
  void shouldComputeWhatTheReferenceComputedWithRealWeights() {
    Path directory = GOLDEN.resolveSibling("efficientnet-lite0-imagenet");
    assumeThat(Files.exists(directory)).as("golden models are beside the project").isTrue();
    assertThat(check(directory)).hasSize(2).allMatch(ModelCheck.Line::holds);
  }

  /** {@code ./mvnw -Ppytorch -Dtest=GoldenModelsTest test} runs it. */
  @Test
  void shouldComputeWhatSscdComputedOfPicturesOfEverySize() {
    Path directory = GOLDEN.resolve("sscd-torchscript");
    assumeThat(Files.exists(directory)).as("golden models are beside the project").isTrue();
    EngineSettings.prepare(0);
    assumeThat(Engine.getAllEngines())
        .as("the engine of TorchScript is in builds with -Ppytorch")
        .contains(EngineSettings.PYTORCH);
    assertThat(check(directory))
        .allMatch(ModelCheck.Line::holds)
        .extracting(ModelCheck.Line::subject)
        .containsExactly(
            "pixels short_side_288", "short_side_288", "pixels squash_320", "squash_320");
    try (EmbeddingModel model =
        EmbeddingModels.load(TestModels.options(directory, EngineSettings.PYTORCH))) {
      assertThat(model.embed(TestModels.inputs(model, 3), 3)).hasDimensions(3, 64);
    }
  }

  @Test
  void shouldTellWhereATextIsLongerThanTheContext() {
    Path clip = Path.of("src/test/resources/models/clip-tiny");
    try (TextEncoder encoder =
        EmbeddingModels.loadText(TestModels.options(clip, EngineSettings.ONNX_RUNTIME))) {
      int words = 1;
      while (!encoder.cuts("cat ".repeat(words))) {
        words++;
      }
      assertThat(words).isBetween(encoder.contextLength() / 4, encoder.contextLength());
      assertThat(encoder.cuts("cat ".repeat(10 * words))).isTrue();
    }
  }
}
