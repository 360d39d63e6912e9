package io.semblance.embedding.model;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRecipe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares a network that takes pictures of any size with its reference: golden.json has a list of
 * pictures for each way in which they were resized, {@code squash_N} or {@code short_side_N}, the
 * latter without a crop. One use.
 */
final class ReferenceRecipes {
  static final String KEY = "recipes";
  private static final String GOLDEN = "golden.json";
  private static final Pattern NAME = Pattern.compile("(squash|short_side)_(\\d{1,4})");

  private final Path file;
  private final JsonNode golden;
  private final Path images;
  private final List<ModelCheck.Line> lines;

  /**
   * @param file the golden vectors'
   * @param golden its content
   * @param images the folder that the pictures' names are relative to
   * @param lines receives what was compared
   */
  ReferenceRecipes(Path file, JsonNode golden, Path images, List<ModelCheck.Line> lines) {
    this.file = file;
    this.golden = golden;
    this.images = images;
    this.lines = lines;
  }

  /** Returns whether the golden vectors in {@code directory} are such, and of {@code family}. */
  static boolean areOf(Path directory, ModelFamily family) {
    Path file = directory.resolve(GOLDEN);
    if (!Files.exists(file)) {
      return false;
    }
    JsonNode golden = PackageJson.tree(file);
    return golden.path(KEY).isObject() && golden.path("family").asText().startsWith(family + " ");
  }

  /** Compares every recipe with the network that {@code options} choose. */
  void compare(ModelOptions options) {
    EngineSettings.prepare(options.threads());
    ModelPackage model = ModelPackage.read(options);
    try (DjlModel network =
        EngineDevices.on(
            options.device(),
            model,
            device -> DjlModel.load(model, device, options.threads(), true))) {
      golden
          .path(KEY)
          .properties()
          .forEach(recipe -> compare(recipe.getKey(), recipe.getValue(), model, network));
    }
  }

  private void compare(String name, JsonNode entries, ModelPackage model, DjlModel network) {
    TreeSet<String> different = new TreeSet<>();
    VectorAgreement agreement = new VectorAgreement();
    for (JsonNode entry : entries) {
      String picture = entry.path("file").asText();
      DecodedImage image = ReferencePictures.picture(file, images, picture).decoded();
      ImageRecipe recipe = sized(name, image, model.recipe());
      ImagePreprocessor preprocessor = new ImagePreprocessor(recipe);
      String pixels = ReferencePictures.sha256(preprocessor.sized(image).rgb());
      if (!pixels.equals(entry.path("pixels_sha256").asText())) {
        different.add(picture);
      }
      agreement.addScaled(
          ReferenceTexts.vector(entry.path("embedding")),
          embed(image, preprocessor, model.network(), network));
    }
    lines.add(ModelCheck.Line.ofPixels("pixels " + name, entries.size(), different));
    lines.add(
        ModelCheck.Line.of(model.network(), network.device(), model.format(), name, agreement));
  }

  /** The picture as {@code name} sizes it: by the short side it keeps its proportions. */
  private ImageRecipe sized(String name, DecodedImage image, ImageRecipe recipe) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new InvalidModelException(
          "%s: \"%s\" has %s: name recipes squash_N or short_side_N".formatted(file, KEY, name));
    }
    int side = Integer.parseInt(matcher.group(2));
    if (matcher.group(1).equals("squash")) {
      return recipe.squashedTo(side, side);
    }
    int shorter = Math.min(image.width(), image.height());
    return recipe.squashedTo(side * image.width() / shorter, side * image.height() / shorter);
  }

  private static float[] embed(
      DecodedImage image,
      ImagePreprocessor preprocessor,
      ModelPackage.Network described,
      DjlModel network) {
    ImageRecipe recipe = preprocessor.recipe();
    ByteBuffer input =
        ByteBuffer.allocateDirect(recipe.samples() * Float.BYTES).order(ByteOrder.nativeOrder());
    preprocessor.preprocess(image, input.asFloatBuffer(), 0);
    Shape shape = Feed.shape(recipe, 1);
    Output output =
        network.forward(
            List.of(new Feed.Pictures(described.input(), input, shape)), described.output());
    float[] vector =
        described.pooling()
            .vectors(output.values(), output.shape(), described.layout(), described.prefixTokens())[
            0];
    UnitNorm.normalise(vector);
    return vector;
  }
}
