package io.semblance.embedding.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import io.semblance.image.Resampling;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Hugging Face's {@code preprocessor_config.json}, as far as its image processors share it. What it
 * leaves open and its processor does not settle is refused rather than guessed: another resize
 * gives other vectors without an error.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record PreprocessorConfiguration(
    @JsonProperty("image_processor_type") @Nullable String processor,
    @JsonProperty("feature_extractor_type") @Nullable String extractor,
    @JsonProperty("do_resize") @Nullable Boolean doResize,
    @JsonProperty("size") @Nullable JsonNode size,
    @JsonProperty("crop_pct") @Nullable JsonNode cropShare,
    @JsonProperty("do_center_crop") @Nullable Boolean doCenterCrop,
    @JsonProperty("crop_size") @Nullable JsonNode cropSize,
    @JsonProperty("do_pad") @Nullable Boolean doPad,
    @JsonProperty("resample") @Nullable JsonNode resample,
    @JsonProperty("do_rescale") @Nullable Boolean doRescale,
    @JsonProperty("rescale_factor") @Nullable JsonNode rescaleFactor,
    @JsonProperty("rescale_offset") @Nullable Boolean rescaleOffset,
    @JsonProperty("do_normalize") @Nullable Boolean doNormalize,
    @JsonProperty("include_top") @Nullable Boolean includeTop,
    @JsonProperty("image_mean") @Nullable JsonNode mean,
    @JsonProperty("image_std") @Nullable JsonNode deviation) {
  static final String FILE = "preprocessor_config.json";
  private static final Logger LOG = System.getLogger(PreprocessorConfiguration.class.getName());
  private static final double BYTE_TO_UNIT = 1 / 255.0;

  /** ConvNeXt's processor crops below this side only. */
  private static final int CONVNEXT_CROPPED_BELOW = 384;

  private static final double CONVNEXT_SHARE = 224 / 256.0;

  /** Takes null for what is left out, as image processors do. */
  PreprocessorConfiguration {
    size = unlessNull(size);
    cropShare = unlessNull(cropShare);
    cropSize = unlessNull(cropSize);
    resample = unlessNull(resample);
    rescaleFactor = unlessNull(rescaleFactor);
    mean = unlessNull(mean);
    deviation = unlessNull(deviation);
  }

  private static @Nullable JsonNode unlessNull(@Nullable JsonNode value) {
    return value == null || value.isNull() ? null : value;
  }

  /**
   * Returns the recipe that {@code file} describes, in NCHW.
   *
   * @param family of the network, for what the file leaves open
   */
  static ImageRecipe recipe(Path file, ModelFamily family) {
    PreprocessorConfiguration configuration =
        PackageJson.read(file, PreprocessorConfiguration.class);
    try {
      return configuration.described(file, family);
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private ImageRecipe described(Path file, ModelFamily family) {
    Resampling filter = filter(file, family);
    if (size == null || filter == null) {
      throw new IllegalArgumentException("\"size\" and \"resample\" are needed: add them");
    }
    if (Boolean.FALSE.equals(doResize)) {
      throw new IllegalArgumentException(
          "\"do_resize\" is false, but a network's input has one size: set it to true");
    }
    if (Boolean.TRUE.equals(doPad)) {
      throw new IllegalArgumentException(
          "\"do_pad\" is true, which no known embedder does: set it to false");
    }
    boolean crop = Boolean.TRUE.equals(doCenterCrop) && !isConvNext();
    if (crop && cropSize == null) {
      throw new IllegalArgumentException("\"do_center_crop\" needs \"crop_size\": add it");
    }
    boolean square = isConvNext() && size.has("shortest_edge");
    String key = crop && cropSize != null ? "crop_size" : "size";
    JsonNode target = crop && cropSize != null ? cropSize : size;
    return new ImageRecipe(
        square ? convNext(target) : geometry(size, crop),
        side(key, target, square ? "shortest_edge" : "width"),
        side(key, target, square ? "shortest_edge" : "height"),
        filter,
        scale(),
        shifted(means()),
        divided(deviations()),
        ImageRecipe.Layout.NCHW);
  }

  private double scale() {
    if (Boolean.FALSE.equals(doRescale)) {
      return 1;
    }
    return rescaleFactor == null
        ? BYTE_TO_UNIT
        : RecipeNumbers.factor("rescale_factor", rescaleFactor);
  }

  private boolean isConvNext() {
    return type().startsWith("ConvNext");
  }

  private String type() {
    return processor != null ? processor : extractor != null ? extractor : "";
  }

  private @Nullable Resampling filter(Path file, ModelFamily family) {
    if (resample != null) {
      if (!resample.isInt()) {
        throw new IllegalArgumentException(
            "\"resample\" is %s, no whole number: correct it".formatted(resample));
      }
      return Resampling.ofCode(resample.asInt());
    }
    Resampling usual =
        switch (type().replaceFirst("(ImageProcessor|FeatureExtractor).*", "")) {
          case "ViT", "ConvNext", "MobileNetV1", "MobileNetV2" -> Resampling.BILINEAR;
          case "CLIP", "Siglip", "Bit", "DeiT" -> Resampling.BICUBIC;
          case "EfficientNet" -> Resampling.NEAREST;
          default ->
              switch (family) {
                case VIT, VIT_MAE -> Resampling.BILINEAR;
                case CLIP, SIGLIP, DINOV2 -> Resampling.BICUBIC;
                default -> null;
              };
        };
    if (usual != null) {
      LOG.log(
          Level.INFO,
          "{0} names no \"resample\": taking {1}, as {2} does",
          file,
          usual,
          type().isEmpty() ? family : type());
    }
    return usual;
  }

  /** Of a side of 224 the larger square 256 is made, and its centre cut out. */
  private Geometry convNext(JsonNode target) {
    int side = side("size", target, "shortest_edge");
    double share = cropShare == null ? CONVNEXT_SHARE : RecipeNumbers.share("crop_pct", cropShare);
    return side >= CONVNEXT_CROPPED_BELOW
        ? new Geometry.Squash()
        : new Geometry.ShortSideThenCentre((int) (side / share), CropRounding.FLOOR);
  }

  /** A number, or an object with {@code shortest_edge}, is the short side; else both are forced. */
  private static Geometry geometry(JsonNode size, boolean crop) {
    boolean number = size.isValueNode();
    boolean shortSide = number || size.has("shortest_edge");
    if (!crop && shortSide && !number) {
      throw new IllegalArgumentException(
          "\"size\" gives the shortest edge alone: without \"do_center_crop\" inputs differ in size");
    }
    if (crop && !shortSide) {
      throw new IllegalArgumentException(
          "\"do_center_crop\" after a \"size\" with both sides is not supported:"
              + " give its \"shortest_edge\"");
    }
    if (!crop) {
      return new Geometry.Squash();
    }
    int side =
        number
            ? RecipeNumbers.side("size", size, ImageRecipe.SHORT_SIDE_MAX)
            : RecipeNumbers.side(
                "size.shortest_edge", size.path("shortest_edge"), ImageRecipe.SHORT_SIDE_MAX);
    return new Geometry.ShortSideThenCentre(side, CropRounding.FLOOR);
  }

  private static int side(String key, JsonNode size, String name) {
    return size.isValueNode()
        ? RecipeNumbers.side(key, size, ImageRecipe.SIDE_MAX)
        : RecipeNumbers.side(key + "." + name, size.path(name), ImageRecipe.SIDE_MAX);
  }

  private float[] means() {
    return Boolean.FALSE.equals(doNormalize)
        ? new float[3]
        : RecipeNumbers.mean("image_mean", orMissing(mean));
  }

  private float[] deviations() {
    return Boolean.FALSE.equals(doNormalize)
        ? new float[] {1, 1, 1}
        : RecipeNumbers.deviation("image_std", orMissing(deviation));
  }

  private static JsonNode orMissing(@Nullable JsonNode value) {
    return value == null ? MissingNode.getInstance() : value;
  }

  /** EfficientNet's processor may subtract 1 after rescaling. */
  private float[] shifted(float[] channels) {
    if (Boolean.TRUE.equals(rescaleOffset)) {
      for (int channel = 0; channel < channels.length; channel++) {
        channels[channel] += 1;
      }
    }
    return channels;
  }

  /** EfficientNet's processor divides a second time for networks with their classifier. */
  private float[] divided(float[] channels) {
    if (type().startsWith("EfficientNet") && !Boolean.FALSE.equals(includeTop)) {
      for (int channel = 0; channel < channels.length; channel++) {
        channels[channel] *= channels[channel];
      }
    }
    return channels;
  }
}
