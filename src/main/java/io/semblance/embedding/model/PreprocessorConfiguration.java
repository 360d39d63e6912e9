package io.semblance.embedding.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
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
    @JsonProperty("crop_pct") @Nullable Double cropShare,
    @JsonProperty("do_center_crop") @Nullable Boolean doCenterCrop,
    @JsonProperty("crop_size") @Nullable JsonNode cropSize,
    @JsonProperty("do_pad") @Nullable Boolean doPad,
    @JsonProperty("resample") @Nullable Integer resample,
    @JsonProperty("do_rescale") @Nullable Boolean doRescale,
    @JsonProperty("rescale_factor") @Nullable Double rescaleFactor,
    @JsonProperty("rescale_offset") @Nullable Boolean rescaleOffset,
    @JsonProperty("do_normalize") @Nullable Boolean doNormalize,
    @JsonProperty("include_top") @Nullable Boolean includeTop,
    @JsonProperty("image_mean") float @Nullable [] mean,
    @JsonProperty("image_std") float @Nullable [] deviation) {
  static final String FILE = "preprocessor_config.json";
  private static final Logger LOG = System.getLogger(PreprocessorConfiguration.class.getName());
  private static final double BYTE_TO_UNIT = 1 / 255.0;

  /** ConvNeXt's processor crops below this side only. */
  private static final int CONVNEXT_CROPPED_BELOW = 384;

  private static final double CONVNEXT_SHARE = 224 / 256.0;

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
    JsonNode target = crop && cropSize != null ? cropSize : size;
    boolean square = isConvNext() && size.has("shortest_edge");
    double scale =
        Boolean.FALSE.equals(doRescale) ? 1 : rescaleFactor == null ? BYTE_TO_UNIT : rescaleFactor;
    return new ImageRecipe(
        square ? convNext(size.get("shortest_edge").asInt()) : geometry(size, crop),
        side(target, square ? "shortest_edge" : "width"),
        side(target, square ? "shortest_edge" : "height"),
        filter,
        scale,
        shifted(channels("image_mean", mean, 0)),
        divided(channels("image_std", deviation, 1)),
        ImageRecipe.Layout.NCHW);
  }

  private boolean isConvNext() {
    return type().startsWith("ConvNext");
  }

  private String type() {
    return processor != null ? processor : extractor != null ? extractor : "";
  }

  private @Nullable Resampling filter(Path file, ModelFamily family) {
    if (resample != null) {
      return Resampling.ofCode(resample);
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
  private Geometry convNext(int side) {
    double share = cropShare == null ? CONVNEXT_SHARE : cropShare;
    return side >= CONVNEXT_CROPPED_BELOW
        ? new Geometry.Squash()
        : new Geometry.ShortSideThenCentre((int) (side / share), CropRounding.FLOOR);
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
    return values.clone();
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
