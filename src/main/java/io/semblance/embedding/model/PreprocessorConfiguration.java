package io.semblance.embedding.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import io.semblance.image.Resampling;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Hugging Face's {@code preprocessor_config.json}, as far as its image processors share it. */
@JsonIgnoreProperties(ignoreUnknown = true)
record PreprocessorConfiguration(
    @JsonProperty("size") @Nullable JsonNode size,
    @JsonProperty("crop_size") @Nullable JsonNode cropSize,
    @JsonProperty("do_center_crop") boolean doCenterCrop,
    @JsonProperty("resample") int resample,
    @JsonProperty("rescale_factor") @Nullable Double rescaleFactor,
    @JsonProperty("image_mean") float @Nullable [] mean,
    @JsonProperty("image_std") float @Nullable [] deviation) {
  static final String FILE = "preprocessor_config.json";

  static PreprocessorConfiguration read(Path directory) {
    return ModelPackage.readJson(directory.resolve(FILE), PreprocessorConfiguration.class);
  }

  /** Returns the recipe, in NHWC. */
  ImageRecipe recipe() {
    JsonNode target = doCenterCrop && cropSize != null ? cropSize : size;
    if (target == null || size == null || mean == null || deviation == null) {
      throw new InvalidModelException(
          FILE + ": \"size\", \"image_mean\" and \"image_std\" are needed");
    }
    int width = side(target, "width");
    int height = side(target, "height");
    Geometry geometry =
        size.has("shortest_edge")
            ? new Geometry.ShortSideThenCentre(
                size.get("shortest_edge").asInt(), CropRounding.FLOOR)
            : new Geometry.Squash();
    return new ImageRecipe(
        geometry,
        width,
        height,
        Resampling.ofCode(resample),
        rescaleFactor == null ? 1 / 255.0 : rescaleFactor,
        mean,
        deviation,
        ImageRecipe.Layout.NHWC);
  }

  private static int side(JsonNode size, String name) {
    JsonNode value = size.isInt() ? size : size.get(name);
    if (value == null || !value.isInt()) {
      throw new InvalidModelException(FILE + ": the size's \"" + name + "\" is missing");
    }
    return value.asInt();
  }
}
