package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.image.ImageRecipe;
import io.semblance.image.Resampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelPackageTest {
  private static final Optional<String> PREFERRED = Optional.empty();

  @TempDir private Path folder;

  @Test
  void shouldReadTheDefaultPackage() {
    ModelPackage model = ModelPackage.read(TestModels.DEFAULT, PREFERRED);
    assertThat(model.description().id()).isEqualTo("semblance-copy-160");
    assertThat(model.description().version()).isEqualTo("1");
    assertThat(model.description().dimension()).isEqualTo(256);
    assertThat(model.description().matchThreshold()).isEqualTo(0.766f);
    assertThat(model.description().fingerprint()).matches("[0-9a-f]{64}");
    assertThat(model.network().engine()).isEqualTo("TensorFlow");
    assertThat(model.recipe().layout()).isEqualTo(ImageRecipe.Layout.NHWC);
    assertThat(model.recipe().resampling()).isEqualTo(Resampling.BICUBIC);
    assertThat(model.recipe().geometry()).isEqualTo(new ImageRecipe.Geometry.Squash());
    assertThat(model.recipe().samples()).isEqualTo(160 * 160 * 3);
    assertThat(model.manifest().thresholds())
        .extracting(ModelManifest.Threshold::similarity)
        .containsExactly(0.766f, 0.713f);
  }

  @Test
  void shouldChooseTheNetworkOfTheEngineAskedFor() {
    ModelPackage model = ModelPackage.read(TestModels.DEFAULT, Optional.of("onnxruntime"));
    assertThat(model.networkPath()).isEqualTo(TestModels.DEFAULT.resolve("model.onnx"));
    assertThat(model.recipe().layout()).isEqualTo(ImageRecipe.Layout.NCHW);
    assertThatThrownBy(() -> ModelPackage.read(TestModels.DEFAULT, Optional.of("PyTorch")))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("[TensorFlow, OnnxRuntime]")
        .hasMessageContaining("semblance.model.engine");
  }

  @Test
  void shouldFingerprintWhatDeterminesTheVectorsAndNothingElse() throws IOException {
    Path copy = TestModels.copy(folder);
    String original = fingerprint(TestModels.DEFAULT);
    assertThat(fingerprint(copy)).isEqualTo(original);
    Files.writeString(copy.resolve("README.md"), "another text");
    TestModels.edit(copy.resolve("model.json"), "0.766", "0.8");
    assertThat(fingerprint(copy)).as("texts and thresholds").isEqualTo(original);

    Path variables = copy.resolve("saved_model/variables/variables.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(variables);
    bytes[bytes.length / 2] ^= 1;
    Files.write(variables, bytes);
    String weights = fingerprint(copy);
    assertThat(weights).as("one bit of a weight").isNotEqualTo(original);

    TestModels.edit(copy.resolve("preprocessor_config.json"), "\"resample\": 3", "\"resample\": 2");
    String preprocessing = fingerprint(copy);
    assertThat(preprocessing).as("preprocessing").isNotIn(original, weights);

    TestModels.edit(copy.resolve("model.json"), "\"unitNorm\": true", "\"unitNorm\": false");
    assertThat(fingerprint(copy)).as("norm").isNotIn(original, weights, preprocessing);
  }

  @Test
  void shouldFingerprintEveryFileThatAnExportIsReadFrom(@TempDir Path other) throws IOException {
    Path copy = TestModels.copy(TestModels.CLIP, other);
    String original = fingerprint(copy);
    assertThat(ModelPackage.read(copy, PREFERRED).files().keySet())
        .containsExactly(
            "config.json",
            "onnx/text_model.onnx",
            "onnx/vision_model.onnx",
            "preprocessor_config.json",
            "tokenizer.json",
            "tokenizer_config.json");
    for (String file : ModelPackage.read(copy, PREFERRED).files().keySet()) {
      byte[] bytes = Files.readAllBytes(copy.resolve(file));
      byte[] changed = bytes.clone();
      if (file.endsWith(".json")) {
        changed[changed.length - 1] = '\n'; // the last brace goes behind it
        changed = java.util.Arrays.copyOf(changed, changed.length + 1);
        changed[changed.length - 1] = '}';
      } else {
        changed[changed.length / 2] ^= 1;
      }
      Files.write(copy.resolve(file), changed);
      assertThat(fingerprint(copy)).as(file).isNotEqualTo(original);
      Files.write(copy.resolve(file), bytes);
    }
    Files.writeString(copy.resolve("golden.json"), "{}");
    assertThat(fingerprint(copy)).isEqualTo(original);
    Files.writeString(copy.resolve("model.json"), "{\"embedding\": \"image_embeds\"}");
    assertThat(fingerprint(copy)).isEqualTo(original);
    Files.writeString(
        copy.resolve("model.json"), "{\"preprocessing\": {\"passOrder\": \"pillow_13\"}}");
    assertThat(fingerprint(copy)).isNotEqualTo(original);
  }

  private static String fingerprint(Path directory) {
    return ModelPackage.read(directory, PREFERRED).description().fingerprint();
  }

  @Test
  void shouldRefuseAFolderThatIsNotThere() {
    assertThatThrownBy(() -> ModelPackage.read(folder.resolve("absent"), PREFERRED))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("absent")
        .hasMessageContaining("semblance.model.directory");
    assertThatThrownBy(() -> ModelPackage.read(folder, PREFERRED))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("model.json is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "id": "semblance-copy-160"  | "id": ""                  | "id" is empty
          "version": "1",             | "version": " ",           | "version" is empty
          "dimension": 256            | "dimension": 0            | "dimension" is 0: 1 to
          "dimension": 256            | "dimension": "many"       | "dimension" is "many"
          "matchThreshold": 0.766     | "matchThreshold": 1.5     | "matchThreshold" is 1.5
          "matchThreshold": 0.766,    | "matchThreshold": 0,      | "matchThreshold" is 0.0
          "golden":                   | "goldn":                  | "goldn" is not known; known are [dimension, embedding, family, golden,
          "layout": "NHWC"            | "layout": "NWHC"          | "networks.layout" is "NWHC", but must be one of [NHWC, NCHW]
          "path": "saved_model"       | "path": "saved"           | "networks.path" is saved, which does not exist
          "path": "saved_model"       | "path": "../../etc"       | outside the package
          "input": "pixel_values",    | "input": "pixels",        | "input" is pixels, but the inputs of saved_model are [pixel_values]
          "output": "embedding",      | "output": "pooled",       | "output" is pooled, but the outputs of saved_model are [embedding]
          "engine": "TensorFlow",     | "engine": "TensorFloh",   | "networks.engine" is TensorFloh
          "engine": "TensorFlow",     | "engine": "TensorFlow", "signature": "encode", | "networks.signature" is encode, but the signatures of
          "unitNorm": true,           | "unitNorm": true, "family": "resnot", | "family" is resnot, which is not known
          "unitNorm": true,           | "unitNorm": true, "preprocessing": { "cropRounding": "FLOOR" }, | "preprocessing.cropRounding" is given
          "unitNorm": true,           | "unitNorm": true, "text": {}, | "text" is given, but no network for TensorFlow takes token ids
          "networks": [               | "networks": [ null,       | "networks" holds null
          "dimension": 256,           | "dimension": 256          | is no JSON at line 21
          """)
  void shouldNameFileAndKeyOfWhatIsWrongInTheManifest(String from, String to, String message)
      throws IOException {
    Path copy = TestModels.copy(folder);
    TestModels.edit(copy.resolve("model.json"), from, to == null ? "" : to);
    assertThatThrownBy(() -> ModelPackage.read(copy, PREFERRED))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("model.json")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "image_processor_type": "ViTImageProcessor", | "do_pad": true, | "do_pad" is true
          "resample": 3             | "resample": 17           | 17
          "do_resize": true         | "do_resize": false       | "do_resize" is false
          "height": 160,            |                          | "size.height" is missing
          "height": 160             | "height": 4096           | 4096
          "image_mean"              | "mean"                   | "image_mean" is missing
          "do_center_crop": false   | "do_center_crop": true   | "do_center_crop" needs "crop_size"
          "height": 160,            | "shortest_edge": 160,    | the shortest edge alone
          """)
  void shouldNameFileAndKeyOfWhatIsWrongInThePreprocessing(String from, String to, String message)
      throws IOException {
    Path copy = TestModels.copy(folder);
    TestModels.edit(copy.resolve("preprocessor_config.json"), from, to == null ? "" : to);
    assertThatThrownBy(() -> ModelPackage.read(copy, PREFERRED))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("preprocessor_config.json")
        .hasMessageContaining(message);
  }

  @Test
  void shouldLeaveOutRescalingAndNormalisingWhereTheReferenceDoes() throws IOException {
    Path copy = TestModels.copy(folder);
    Path file = copy.resolve("preprocessor_config.json");
    TestModels.edit(file, "\"do_rescale\": true", "\"do_rescale\": false");
    TestModels.edit(file, "\"do_normalize\": true", "\"do_normalize\": false");
    ImageRecipe recipe = ModelPackage.read(copy, PREFERRED).recipe();
    assertThat(recipe.rescale()).isEqualTo(1);
    assertThat(recipe.mean()).containsExactly(0, 0, 0);
    assertThat(recipe.deviation()).containsExactly(1, 1, 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          golden.json            | "images":           | "pictures":          | names no picture
          golden.json            | "file": "spices     | "file": "spice       | spice.png
          golden.json            | "embedding": [      | "embedding": [0.5,   | has 257 components
          golden.json            | [-0.04071865230798721 | [-7.5              | "unitNorm": true
          model.json             | "vectors": "golden.json" | "vectors": "g.json" | "golden.vectors" is g.json
          model.json             | "images": "golden"  | "images": "/etc"     | outside the package
          """)
  void shouldNameWhatIsWrongInTheGoldenVectors(String file, String from, String to, String message)
      throws IOException {
    Path copy = TestModels.copy(folder);
    TestModels.edit(copy.resolve(file), from, to);
    ModelPackage model = ModelPackage.read(copy, PREFERRED);
    assertThatThrownBy(() -> GoldenVectors.read(model))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message);
  }
}
