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

/**
 * Hugging Face's {@code preprocessor_config.json}, as far as its image processors share it. What it
 * leaves open is refused rather than guessed: another resize gives other vectors without an error.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record PreprocessorConfiguration(
    @JsonProperty("do_resize") @Nullable Boolean doResize,
    @JsonProperty("size") @Nullable JsonNode size,
    @JsonProperty("do_center_crop") @Nullable Boolean doCenterCrop,
    @JsonProperty("crop_size") @Nullable JsonNode cropSize,
    @JsonProperty("resample") @Nullable Integer resample,
    @JsonProperty("do_rescale") @Nullable Boolean doRescale,
    @JsonProperty("rescale_factor") @Nullable Double rescaleFactor,
    @JsonProperty("do_normalize") @Nullable Boolean doNormalize,
    @JsonProperty("image_mean") float @Nullable [] mean,
    @JsonProperty("image_std") float @Nullable [] deviation) {
  static final String FILE = "preprocessor_config.json";
  private static final double BYTE_TO_UNIT = 1 / 255.0;

  /** Returns the recipe of the package in {@code directory}, in NHWC. */
  static ImageRecipe recipe(Path directory) {
    Path file = directory.resolve(FILE);
    PreprocessorConfiguration configuration =
        ModelPackage.readJson(file, PreprocessorConfiguration.class);
    try {
      return configuration.recipe();
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private ImageRecipe recipe() {
    if (size == null || resample == null) {
      throw new IllegalArgumentException("\"size\" and \"resample\" are needed: add them");
    }
    if (Boolean.FALSE.equals(doResize)) {
      throw new IllegalArgumentException(
          "\"do_resize\" is false, but a network's input has one size: set it to true");
    }
    boolean crop = Boolean.TRUE.equals(doCenterCrop);
    if (crop && cropSize == null) {
      throw new IllegalArgumentException("\"do_center_crop\" needs \"crop_size\": add it");
    }
    Geometry geometry = geometry(size, crop);
    JsonNode target = crop && cropSize != null ? cropSize : size;
    return new ImageRecipe(
        geometry,
        side(target, "width"),
        side(target, "height"),
        Resampling.ofCode(resample),
        Boolean.FALSE.equals(doRescale) ? 1 : rescaleFactor == null ? BYTE_TO_UNIT : rescaleFactor,
        channels("image_mean", mean, 0),
        channels("image_std", deviation, 1),
        ImageRecipe.Layout.NHWC);
  }

  /** A number, or an object with {@code shortest_edge}, is the short side; else both are forced. */
  private static Geometry geometry(JsonNode size, boolean crop) {
    JsonNode shortSide = size.isInt() ? size : size.get("shortest_edge");
    if (!crop && shortSide != null && !size.isInt()) {
      throw new IllegalArgumentException(
          "\"size\" gives the shortest edge alone: without \"do_center_crop\" inputs differ in size");
    }
    if (crop && shortSide == null) {
      throw new IllegalArgumentException(
          "\"do_center_crop\" after a \"size\" with both sides is not supported:"
              + " give its \"shortest_edge\"");
    }
    return crop && shortSide != null
        ? new Geometry.ShortSideThenCentre(shortSide.asInt(), CropRounding.FLOOR)
        : new Geometry.Squash();
  }

  private static int side(JsonNode size, String name) {
    JsonNode value = size.isInt() ? size : size.get(name);
    if (value == null || !value.isInt()) {
      throw new IllegalArgumentException(
          "the size of the input lacks \"%s\", a whole number: add it".formatted(name));
    }
    return value.asInt();
  }

  private float[] channels(String name, float @Nullable [] values, float neutral) {
    if (Boolean.FALSE.equals(doNormalize)) {
      return new float[] {neutral, neutral, neutral};
    }
    if (values == null || values.length != 3) {
      throw new IllegalArgumentException(
          "\"%s\" must hold three numbers, for red, green and blue".formatted(name));
    }
    return values;
  }
}
