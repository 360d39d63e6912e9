package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import io.semblance.image.Resampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeReaderTest {
  private static final String CHANNELS =
      ", \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.25, 0.25, 0.25]}";

  private static final String VALUES = "\"mean\": [0.5, 0.5, 0.5], \"std\": [0.2, 0.2, 0.2]";

  /** A sound description in each of the files. */
  private static final Map<String, String> SOUND =
      Map.of(
          "preprocessor_config.json",
          """
          {"size": {"shortest_edge": 224}, "do_center_crop": true,
           "crop_size": {"height": 192, "width": 192}, "resample": 3,
           "rescale_factor": 0.00392156862745098,
           "image_mean": [0.5, 0.5, 0.5], "image_std": [0.2, 0.2, 0.2]}
          """,
          "config.json",
          """
          {"architecture": "resnet18", "num_classes": 0,
           "pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.875, %s}}
          """
              .formatted(VALUES),
          "open_clip_config.json",
          """
          {"model_cfg": {"vision_cfg": {"image_size": 224}}, "preprocess_cfg": {%s}}
          """
              .formatted(VALUES),
          "golden.json",
          """
          {"recipe": {"resize": "short", "shortest_edge": 224, "crop": 192,
           "interpolation": "bicubic", "rescale_factor": 0.00392156862745098, %s}}
          """
              .formatted(VALUES));

  @TempDir private Path folder;

  private ImageRecipe recipe(String file, String content) throws IOException {
    Files.writeString(folder.resolve(file), content);
    return new RecipeReader(
            folder,
            ModelManifest.read(folder),
            HubConfiguration.read(folder, ModelManifest.read(folder)))
        .read();
  }

  private ImageRecipe processor(String content) throws IOException {
    return recipe(PreprocessorConfiguration.FILE, "{" + content + CHANNELS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "size": {"shortest_edge": 224}, "crop_pct": 0.875 | 224 | 256
          "size": {"shortest_edge": 224}, "crop_pct": 0.95  | 224 | 235
          "size": {"shortest_edge": 288}                    | 288 | 329
          "size": {"shortest_edge": 384}, "crop_pct": 1.0   | 384 | 0
          """)
  void shouldCropAsTheProcessorOfConvNextDoes(String size, int side, int shortSide)
      throws IOException {
    ImageRecipe recipe =
        processor("\"image_processor_type\": \"ConvNextImageProcessor\", \"resample\": 3, " + size);
    assertThat(recipe.width()).isEqualTo(side);
    assertThat(recipe.geometry())
        .isEqualTo(
            shortSide == 0
                ? new Geometry.Squash()
                : new Geometry.ShortSideThenCentre(shortSide, CropRounding.FLOOR));
  }

  @ParameterizedTest
  @CsvSource({
    "ViTImageProcessor, BILINEAR",
    "ViTImageProcessorFast, BILINEAR",
    "ViTFeatureExtractor, BILINEAR",
    "CLIPImageProcessor, BICUBIC",
    "SiglipImageProcessor, BICUBIC",
    "EfficientNetImageProcessor, NEAREST"
  })
  void shouldTakeTheFilterOfTheProcessorWhereNoneIsNamed(String type, Resampling filter)
      throws IOException {
    ImageRecipe recipe =
        processor("\"image_processor_type\": \"%s\", \"size\": 518".formatted(type));
    assertThat(recipe.resampling()).isEqualTo(filter);
    assertThat(recipe.height()).isEqualTo(518);
  }

  @Test
  void shouldNotGuessAFilterThatNothingSettles() {
    assertThatThrownBy(() -> processor("\"size\": 224"))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("preprocessor_config.json")
        .hasMessageContaining("\"size\" and \"resample\" are needed");
  }

  @Test
  void shouldDivideTwiceAndShiftAsTheProcessorOfEfficientNetDoes() throws IOException {
    ImageRecipe recipe =
        processor(
            "\"image_processor_type\": \"EfficientNetImageProcessor\", \"size\": 224, \"rescale_offset\": true");
    assertThat(recipe.deviation()).containsExactly(0.0625f, 0.0625f, 0.0625f);
    assertThat(recipe.mean()).containsExactly(1.5f, 1.5f, 1.5f);
    assertThat(
            processor(
                    "\"image_processor_type\": \"EfficientNetImageProcessor\", \"size\": 224, \"include_top\": false")
                .deviation())
        .containsExactly(0.25f, 0.25f, 0.25f);
  }

  @Test
  void shouldFollowOpenClipWhereItsConfigurationIsTheOnlyOne() throws IOException {
    ImageRecipe recipe =
        recipe("open_clip_config.json", "{\"model_cfg\": {\"vision_cfg\": {\"image_size\": 336}}}");
    assertThat(recipe.geometry())
        .isEqualTo(new Geometry.ShortSideThenCentre(336, CropRounding.HALF_TO_EVEN));
    assertThat(recipe.resampling()).isEqualTo(Resampling.BICUBIC);
    assertThat(recipe.mean()).containsExactly(0.48145466f, 0.4578275f, 0.40821073f);
    assertThat(
            recipe(
                    "open_clip_config.json",
                    """
                    {"model_cfg": {"vision_cfg": {"image_size": 384}},
                     "preprocess_cfg": {"resize_mode": "squash", "interpolation": "bilinear"}}
                    """)
                .geometry())
        .isEqualTo(new Geometry.Squash());
    assertThatThrownBy(() ->
            recipe(
                "open_clip_config.json",
                """
                {"model_cfg": {"vision_cfg": {"image_size": 384}},
                 "preprocess_cfg": {"resize_mode": "longest"}}
                """))
        .hasMessageContaining("open_clip_config.json")
        .hasMessageContaining("\"preprocess_cfg.resize_mode\" is longest");
  }

  @Test
  void shouldSayThatNothingDescribesThePreprocessing() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"vit\"}");
    assertThatThrownBy(() -> recipe("README.md", ""))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("preprocessor_config.json is missing");
  }

  /** Of every file that describes preprocessing, a sound one with one value replaced. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          preprocessor_config.json | "shortest_edge": 224 | "shortest_edge": -5          | "size.shortest_edge" is -5
          preprocessor_config.json | "shortest_edge": 224 | "shortest_edge": 0           | "size.shortest_edge" is 0
          preprocessor_config.json | "shortest_edge": 224 | "shortest_edge": "224"       | "size.shortest_edge" is "224"
          preprocessor_config.json | "shortest_edge": 224 | "shortest_edge": 5000000000  | "size.shortest_edge" is 5000000000
          preprocessor_config.json | "shortest_edge": 224 | "shortest_edge": 100000      | at most 4096 pixels
          preprocessor_config.json | {"shortest_edge": 224} | 224.5                      | "size" is 224.5
          preprocessor_config.json | "height": 192        | "height": -192               | "crop_size.height" is -192
          preprocessor_config.json | "height": 192        | "height": 4096               | "crop_size.height" is 4096
          preprocessor_config.json | "height": 192        | "depth": 192                 | "crop_size.height" is missing
          preprocessor_config.json | "resample": 3        | "resample": 7                | resample 7
          preprocessor_config.json | "resample": 3        | "resample": 2.5              | "resample" is 2.5
          preprocessor_config.json | "resample": 3        | "resample": "bicubic"        | "resample" is "bicubic"
          preprocessor_config.json | 0.00392156862745098  | 0                            | "rescale_factor" is 0
          preprocessor_config.json | 0.00392156862745098  | -0.0039                      | "rescale_factor" is -0.0039
          preprocessor_config.json | 0.00392156862745098  | 1e999                        | "rescale_factor" is
          preprocessor_config.json | 0.00392156862745098  | 1e300                        | make no numbers
          preprocessor_config.json | 0.00392156862745098  | NaN                          | is no JSON
          preprocessor_config.json | [0.5, 0.5, 0.5]      | [0.5, 0.5]                   | "image_mean" is [0.5,0.5]
          preprocessor_config.json | [0.5, 0.5, 0.5]      | [0.5, 0.5, 0.5, 0.5]         | three numbers, for red, green and blue
          preprocessor_config.json | [0.5, 0.5, 0.5]      | [0.5, 1e39, 0.5]             | a number for green
          preprocessor_config.json | [0.5, 0.5, 0.5]      | [0.5, "0.5", 0.5]            | a number for green
          preprocessor_config.json | [0.5, 0.5, 0.5]      | 0.5                          | "image_mean" is 0.5
          preprocessor_config.json | [0.2, 0.2, 0.2]      | [0.2, 0.2, 0]                | a number above 0 for blue
          preprocessor_config.json | [0.2, 0.2, 0.2]      | [-0.2, 0.2, 0.2]             | a number above 0 for red
          preprocessor_config.json | [0.2, 0.2, 0.2]      | [1e-44, 0.2, 0.2]            | make no numbers
          preprocessor_config.json | [0.2, 0.2, 0.2]      | null                         | "image_std" is missing
          config.json              | [3, 224, 224]        | [3, -224, -224]              | "pretrained_cfg.input_size" is -224
          config.json              | 0.875                | 0                            | "pretrained_cfg.crop_pct" is 0
          config.json              | 0.875                | 0.001                        | the shorter side is brought to 224000 pixels
          config.json              | [0.5, 0.5, 0.5]      | [0.5]                        | "pretrained_cfg.mean" is [0.5]
          config.json              | [0.2, 0.2, 0.2]      | [0.2, 0, 0.2]                | a number above 0 for green
          open_clip_config.json    | "image_size": 224    | "image_size": -224           | "model_cfg.vision_cfg.image_size" is -224
          open_clip_config.json    | "image_size": 224    | "image_size": [224, 224]     | "model_cfg.vision_cfg.image_size" is [224,224]
          open_clip_config.json    | "mean"               | "size": 0, "mean"            | "preprocess_cfg.size" is 0
          open_clip_config.json    | "mean"               | "size": [224, 192], "mean"   | twice the same
          open_clip_config.json    | [0.5, 0.5, 0.5]      | {}                           | "preprocess_cfg.mean" is {}
          open_clip_config.json    | [0.2, 0.2, 0.2]      | [0.2, 0.2, 0]                | a number above 0 for blue
          golden.json              | "crop": 192          | "crop": 0                    | "recipe.crop" is 0
          golden.json              | "shortest_edge": 224 | "shortest_edge": -5          | "recipe.shortest_edge" is -5
          golden.json              | 0.00392156862745098  | 0                            | "recipe.rescale_factor" is 0
          golden.json              | [0.5, 0.5, 0.5]      | [0.5, null, 0.5]             | a number for green
          golden.json              | [0.2, 0.2, 0.2]      | [0, 0.2, 0.2]                | a number above 0 for red
          """)
  void shouldNameFileAndKeyOfANumberByWhichNoPictureIsPrepared(
      String file, String from, String to, String message) throws IOException {
    String sound = Objects.requireNonNull(SOUND.get(file));
    recipe(file, sound);
    assertThat(sound).contains(from);
    assertThatThrownBy(() -> recipe(file, sound.replace(from, to)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(folder.resolve(file).toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0.5", "0", "1.5", "\"0.875\""})
  void shouldRefuseAShareThatIsNoneOfAPicture(String share) {
    assertThatThrownBy(() ->
            processor(
                "\"image_processor_type\": \"ConvNextImageProcessor\", \"resample\": 3, \"size\": {\"shortest_edge\": 224}, \"crop_pct\": "
                    + share))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("\"crop_pct\" is " + share);
  }
}
