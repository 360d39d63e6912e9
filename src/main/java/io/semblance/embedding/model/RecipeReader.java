package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import io.semblance.image.ImageRecipe.Layout;
import io.semblance.image.Resampling;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds out how a network's input is made of a picture: from preprocessor_config.json, else from
 * what timm and open_clip write into their configurations, else from the recipe of golden vectors.
 */
final class RecipeReader {
  private static final Logger LOG = System.getLogger(RecipeReader.class.getName());
  private static final String GOLDEN = "golden.json";
  private static final double BYTE_TO_UNIT = 1 / 255.0;
  private static final double TIMM_CROP = 0.875;

  /** OpenAI's, which open_clip uses where its configuration names none. */
  private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f};

  private static final float[] CLIP_DEVIATION = {0.26862954f, 0.26130258f, 0.27577711f};

  private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] IMAGENET_DEVIATION = {0.229f, 0.224f, 0.225f};

  /** Of SSCD's two inputs the one whose size does not depend on the picture. */
  private static final int SSCD_SIDE = 320;

  private final Path directory;
  private final ModelManifest manifest;
  private final HubConfiguration hub;

  RecipeReader(Path directory, ModelManifest manifest, HubConfiguration hub) {
    this.directory = directory;
    this.manifest = manifest;
    this.hub = hub;
  }

  /** Returns the file that describes the preprocessing. */
  static Path nameOf(Path directory, HubConfiguration hub) {
    Path hugging = hub.folder().resolve(PreprocessorConfiguration.FILE);
    if (hub.family() == ModelFamily.OPEN_CLIP && hub.file() != null) {
      return hub.file();
    }
    if (Files.exists(hugging)) {
      return hugging;
    }
    if (hub.family() == ModelFamily.TIMM && hub.file() != null) {
      return hub.file();
    }
    Path golden = directory.resolve(GOLDEN);
    return Files.exists(golden) && PackageJson.tree(golden).path("recipe").isObject()
        ? golden
        : hugging;
  }

  /**
   * Returns the recipe.
   *
   * @throws InvalidModelException if nothing describes it, or what does is not understood
   */
  ImageRecipe read() {
    Path file = nameOf(directory, hub);
    ImageRecipe recipe;
    try {
      if (file.endsWith(PreprocessorConfiguration.FILE) && !isLeftToSscd(file)) {
        recipe = rounded(PreprocessorConfiguration.recipe(file, hub.family()));
      } else if (file.endsWith(GOLDEN)) {
        LOG.log(
            Level.WARNING,
            "{0} lacks {1}: taking the recipe of its golden vectors",
            directory,
            PreprocessorConfiguration.FILE);
        recipe = golden(PackageJson.tree(file).path("recipe"));
      } else if (file.endsWith(PreprocessorConfiguration.FILE)) {
        LOG.log(
            Level.INFO,
            "{0} lacks {1}: pictures are squashed to {2} by {2} pixels, as SSCD''s reference does for batches",
            directory,
            PreprocessorConfiguration.FILE,
            SSCD_SIDE);
        recipe = sscd();
      } else if (hub.family() == ModelFamily.TIMM) {
        recipe = timm(hub.content().path("pretrained_cfg"));
      } else {
        recipe = openClip(hub.content());
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
    return chosen(recipe);
  }

  private ImageRecipe chosen(ImageRecipe recipe) {
    ModelManifest.Preprocessing preprocessing = manifest.preprocessing();
    if (preprocessing == null) {
      return recipe;
    }
    ImageRecipe chosen = recipe;
    if (preprocessing.passOrder() != null) {
      chosen = chosen.withPassOrder(preprocessing.passOrder());
    }
    if (preprocessing.cropRounding() != null) {
      if (!(recipe.geometry() instanceof Geometry.ShortSideThenCentre centre)) {
        throw new InvalidModelException(
            "%s: \"preprocessing.cropRounding\" is given, but by %s nothing is cropped: remove it"
                .formatted(directory.resolve(ModelManifest.FILE), nameOf(directory, hub)));
      }
      chosen =
          chosen.withGeometry(
              new Geometry.ShortSideThenCentre(centre.shortSide(), preprocessing.cropRounding()));
    }
    return chosen;
  }

  /**
   * Of a network without a configuration its golden vectors may tell where their reference cut,
   * which preprocessor_config.json cannot say.
   */
  private ImageRecipe rounded(ImageRecipe recipe) {
    Path file = directory.resolve(GOLDEN);
    if (hub.family() != ModelFamily.UNKNOWN
        || !(recipe.geometry() instanceof Geometry.ShortSideThenCentre centre)
        || !Files.exists(file)) {
      return recipe;
    }
    JsonNode told = PackageJson.tree(file).path("recipe");
    boolean torchvision =
        told.path("crop_rounding").asText().startsWith("torchvision")
            || told.asText().contains("torchvision rounding");
    if (!torchvision) {
      return recipe;
    }
    LOG.log(Level.INFO, "{0} tells that the centre is cut out as torchvision does", file);
    return recipe.withGeometry(
        new Geometry.ShortSideThenCentre(centre.shortSide(), CropRounding.HALF_TO_EVEN));
  }

  private boolean isLeftToSscd(Path file) {
    return hub.family() == ModelFamily.SSCD && !Files.exists(file);
  }

  private static ImageRecipe sscd() {
    return new ImageRecipe(
        new Geometry.Squash(),
        SSCD_SIDE,
        SSCD_SIDE,
        Resampling.BILINEAR,
        BYTE_TO_UNIT,
        IMAGENET_MEAN,
        IMAGENET_DEVIATION,
        Layout.NCHW);
  }

  /** As {@code timm.data.create_transform} for evaluation. */
  private static ImageRecipe timm(JsonNode settings) {
    JsonNode size = settings.path("input_size");
    if (size.size() != 3 || size.get(0).asInt() != 3) {
      throw new IllegalArgumentException(
          "\"pretrained_cfg.input_size\" is %s, not 3, height and width: correct it"
              .formatted(size));
    }
    int height = RecipeNumbers.side("pretrained_cfg.input_size", size.get(1), ImageRecipe.SIDE_MAX);
    int width = RecipeNumbers.side("pretrained_cfg.input_size", size.get(2), ImageRecipe.SIDE_MAX);
    String mode = settings.path("crop_mode").asText("center");
    if (!mode.equals("center") || height != width) {
      throw new IllegalArgumentException(
          "\"pretrained_cfg.crop_mode\" is %s of %d by %d pixels: only the centre of a square is cut out"
              .formatted(mode, width, height));
    }
    double share =
        isGiven(settings.path("crop_pct"))
            ? RecipeNumbers.share("pretrained_cfg.crop_pct", settings.path("crop_pct"))
            : TIMM_CROP;
    return new ImageRecipe(
        new Geometry.ShortSideThenCentre(
            (int) Math.floor(height / share), CropRounding.HALF_TO_EVEN),
        width,
        height,
        filter("pretrained_cfg.interpolation", settings.path("interpolation").asText("bicubic")),
        BYTE_TO_UNIT,
        RecipeNumbers.mean("pretrained_cfg.mean", settings.path("mean")),
        RecipeNumbers.deviation("pretrained_cfg.std", settings.path("std")),
        Layout.NCHW);
  }

  /** As {@code open_clip.image_transform} for evaluation. */
  private static ImageRecipe openClip(JsonNode configuration) {
    JsonNode settings = configuration.path("preprocess_cfg");
    int side = openClipSide(configuration, settings.path("size"));
    String mode = settings.path("resize_mode").asText("shortest");
    Geometry geometry =
        switch (mode) {
          case "shortest" -> new Geometry.ShortSideThenCentre(side, CropRounding.HALF_TO_EVEN);
          case "squash" -> new Geometry.Squash();
          default ->
              throw new IllegalArgumentException(
                  "\"preprocess_cfg.resize_mode\" is %s: shortest or squash".formatted(mode));
        };
    return new ImageRecipe(
        geometry,
        side,
        side,
        filter("preprocess_cfg.interpolation", settings.path("interpolation").asText("bicubic")),
        BYTE_TO_UNIT,
        isNamed("preprocess_cfg.mean", settings.path("mean"))
            ? RecipeNumbers.mean("preprocess_cfg.mean", settings.path("mean"))
            : CLIP_MEAN,
        isNamed("preprocess_cfg.std", settings.path("std"))
            ? RecipeNumbers.deviation("preprocess_cfg.std", settings.path("std"))
            : CLIP_DEVIATION,
        Layout.NCHW);
  }

  /** The side of the input, which {@code preprocess_cfg} need not repeat. */
  private static int openClipSide(JsonNode configuration, JsonNode size) {
    if (!isGiven(size)) {
      return RecipeNumbers.side(
          "model_cfg.vision_cfg.image_size",
          configuration.path("model_cfg").path("vision_cfg").path("image_size"),
          ImageRecipe.SIDE_MAX);
    }
    if (size.isArray() && (size.size() != 2 || !size.get(0).equals(size.get(1)))) {
      throw new IllegalArgumentException(
          "\"preprocess_cfg.size\" is %s, but must be one number or twice the same: correct it"
              .formatted(size));
    }
    return RecipeNumbers.side(
        "preprocess_cfg.size", size.isArray() ? size.get(0) : size, ImageRecipe.SIDE_MAX);
  }

  private static ImageRecipe golden(JsonNode recipe) {
    boolean squash = recipe.path("resize").asText().startsWith("squash");
    String key = squash ? "size" : "crop";
    int side = RecipeNumbers.side("recipe." + key, recipe.path(key), ImageRecipe.SIDE_MAX);
    Geometry geometry =
        squash
            ? new Geometry.Squash()
            : new Geometry.ShortSideThenCentre(
                RecipeNumbers.side(
                    "recipe.shortest_edge",
                    recipe.path("shortest_edge"),
                    ImageRecipe.SHORT_SIDE_MAX),
                recipe.path("crop_rounding").asText().startsWith("torchvision")
                    ? CropRounding.HALF_TO_EVEN
                    : CropRounding.FLOOR);
    return new ImageRecipe(
        geometry,
        side,
        side,
        filter("recipe.interpolation", recipe.path("interpolation").asText()),
        isGiven(recipe.path("rescale_factor"))
            ? RecipeNumbers.factor("recipe.rescale_factor", recipe.path("rescale_factor"))
            : BYTE_TO_UNIT,
        RecipeNumbers.mean("recipe.mean", recipe.path("mean")),
        RecipeNumbers.deviation("recipe.std", recipe.path("std")),
        Layout.NCHW);
  }

  private static Resampling filter(String key, String name) {
    return switch (name) {
      case "nearest" -> Resampling.NEAREST;
      case "bilinear" -> Resampling.BILINEAR;
      case "bicubic" -> Resampling.BICUBIC;
      case "lanczos" -> Resampling.LANCZOS;
      default ->
          throw new IllegalArgumentException(
              "\"%s\" is \"%s\": nearest, bilinear, bicubic or lanczos".formatted(key, name));
    };
  }

  private static boolean isGiven(JsonNode value) {
    return !value.isMissingNode() && !value.isNull();
  }

  private static boolean isNamed(String key, JsonNode value) {
    if (!isGiven(value)) {
      LOG.log(Level.INFO, "\"{0}\" is missing: taking OpenAI''s", key);
    }
    return isGiven(value);
  }
}
