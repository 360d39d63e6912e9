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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeReaderTest {
  private static final String CHANNELS =
      ", \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.25, 0.25, 0.25]}";

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
}
