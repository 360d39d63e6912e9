package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.PassOrder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Compares all that a package computes with what its reference computed: pixels, and for each
 * engine the vectors of pictures, token ids, the vectors of texts, and probabilities. One use.
 */
public final class ModelCheck {
  private static final String GOLDEN = "golden.json";
  private static final int BATCH_SIZE = 8;

  /**
   * What was compared.
   *
   * @param engine that computed it; empty for pixels
   * @param network its path in the package; empty for pixels
   * @param device where it ran; empty for pixels
   * @param format what it was computed in; empty for pixels and token ids
   * @param subject what was compared
   * @param compared how many pictures or texts
   * @param deviation the largest of any component; for pixels and token ids how many differ
   * @param similarity the smallest cosine of a vector and its reference; NaN for what is no vector
   * @param holds whether that is little enough
   * @param remark what to know of it; empty if nothing
   */
  public record Line(
      String engine,
      String network,
      String device,
      String format,
      String subject,
      int compared,
      double deviation,
      double similarity,
      boolean holds,
      String remark) {

    static Line of(
        ModelPackage.Network network,
        InferenceDevice device,
        NumericFormat format,
        String subject,
        VectorAgreement agreement) {
      return new Line(
          network.engine(),
          network.path(),
          device.toString(),
          format.toString(),
          subject,
          agreement.compared(),
          agreement.deviation(),
          agreement.similarity(),
          format.accepts(agreement),
          "");
    }

    static Line ofPixels(String subject, int compared, TreeSet<String> different) {
      return new Line(
          "",
          "",
          "",
          "",
          subject,
          compared,
          different.size(),
          Double.NaN,
          different.isEmpty(),
          different.isEmpty() ? "" : different.toString());
    }

    /** What could not be compared, and why. */
    static Line missing(String engine, String subject, String remark) {
      return new Line(engine, "", "", "", subject, 0, Double.NaN, Double.NaN, false, remark);
    }
  }

  private final ModelOptions options;
  private final Optional<Path> images;
  private final List<Line> lines = new ArrayList<>();

  private ModelCheck(ModelOptions options, Optional<Path> images) {
    this.options = options;
    this.images = images;
  }

  /**
   * Checks the package that {@code options} name, with every engine for which it has a network
   * unless they name one.
   *
   * @param images the folder in which the golden vectors' pictures lie; the package's own if absent
   * @return one line for everything that was compared
   * @throws InvalidModelException if the package is not sound, or has no golden vectors
   */
  public static List<Line> run(ModelOptions options, Optional<Path> images) {
    EngineSettings.prepare(options.threads());
    ModelCheck check = new ModelCheck(options, images);
    PackageReader reader = new PackageReader(options.directory(), options.format());
    List<String> engines = options.engine().map(List::of).orElseGet(reader::engines);
    if (ModelManifest.read(options.directory()).golden() != null) {
      engines.forEach(check::ownVectors);
    } else {
      check.reference(reader, engines);
    }
    return check.lines;
  }

  private void ownVectors(String engine) {
    ModelOptions chosen = options.withEngine(engine);
    ModelPackage model = ModelPackage.read(chosen);
    GoldenVectors golden = GoldenVectors.read(model);
    if (golden == null) {
      return;
    }
    try (EmbeddingModel network = EmbeddingModels.load(chosen)) {
      lines.add(
          Line.of(
              model.network(),
              network.device(),
              model.format(),
              "vectors",
              golden.agreement(network)));
    }
  }

  private void reference(PackageReader reader, List<String> engines) {
    Path file = options.directory().resolve(GOLDEN);
    if (!Files.exists(file)) {
      throw new InvalidModelException(
          "%s is missing, and %s names no other \"golden\": nothing tells what the model must compute"
              .formatted(file, ModelManifest.FILE));
    }
    JsonNode golden = PackageJson.tree(file);
    if (golden.path(ReferenceRecipes.KEY).isObject()) {
      ReferenceRecipes recipes =
          new ReferenceRecipes(file, golden, images.orElse(options.directory()), lines);
      engines.forEach(engine -> recipes.compare(options.withEngine(engine)));
      return;
    }
    ReferencePictures pictures =
        ReferencePictures.read(file, golden, images.orElse(options.directory()));
    boolean pixels = false;
    for (String name : pictures.embeddings()) {
      boolean given = false;
      for (String engine : engines) {
        Optional<String> embedding =
            name.equals(ReferencePictures.SINGLE) ? Optional.empty() : Optional.of(name);
        Optional<ModelPackage> model = reader.find(Optional.of(engine), embedding);
        if (model.isPresent()) {
          if (!pixels) {
            pixels(pictures, model.get().recipe());
            pixels = true;
          }
          vectors(pictures, name, model.get());
          given = true;
        }
      }
      if (!given) {
        lines.add(Line.missing("", name, "no network of the package gives it"));
      }
    }
    if (golden.path("text").isArray()) {
      engines.forEach(engine -> texts(golden, engine));
    }
  }

  private void pixels(ReferencePictures pictures, ImageRecipe recipe) {
    TreeSet<String> different = new TreeSet<>();
    for (ReferencePictures.Picture picture : pictures.pictures()) {
      if (!picture.hasSamePixels(recipe)) {
        different.add(picture.file());
      }
    }
    lines.add(Line.ofPixels("pixels", pictures.pictures().size(), different));
  }

  private void vectors(ReferencePictures pictures, String name, ModelPackage model) {
    try (EmbeddingModel network = EmbeddingModels.load(model, options)) {
      VectorAgreement agreement = new VectorAgreement();
      List<ReferencePictures.Picture> all =
          pictures.pictures().stream().filter(one -> one.has(name)).toList();
      for (int from = 0; from < all.size(); from += BATCH_SIZE) {
        List<ReferencePictures.Picture> some =
            all.subList(from, Math.min(all.size(), from + BATCH_SIZE));
        float[][] computed = embed(network, some, name);
        for (int i = 0; i < some.size(); i++) {
          agreement.addScaled(some.get(i).vector(name), computed[i]);
        }
      }
      lines.add(Line.of(model.network(), network.device(), model.format(), name, agreement));
    }
  }

  private static float[][] embed(
      EmbeddingModel network, List<ReferencePictures.Picture> pictures, String name) {
    ImageRecipe recipe = network.recipe();
    ByteBuffer inputs =
        ByteBuffer.allocateDirect(pictures.size() * recipe.samples() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    for (int i = 0; i < pictures.size(); i++) {
      DecodedImage image = pictures.get(i).decoded();
      PassOrder order = pictures.get(i).passOrder(name, recipe.passOrder());
      new ImagePreprocessor(recipe.withPassOrder(order))
          .preprocess(image, inputs.asFloatBuffer(), i * recipe.samples());
    }
    return network.embed(inputs, pictures.size());
  }

  private void texts(JsonNode golden, String engine) {
    ModelOptions chosen = options.withEngine(engine);
    ModelPackage model = ModelPackage.read(chosen);
    if (model.text() == null) {
      lines.add(
          Line.missing(
              engine,
              "texts",
              model.textObstacle() != null
                  ? model.textObstacle()
                  : "there is no network for texts"));
      return;
    }
    try (TextEncoder encoder = EmbeddingModels.loadText(chosen)) {
      new ReferenceTexts(golden, model.text(), encoder, lines).compare();
      if (golden.path("zero_shot").isObject()) {
        probabilities(golden.path("zero_shot"), model, encoder);
      }
    }
  }

  private void probabilities(JsonNode golden, ModelPackage model, TextEncoder encoder) {
    LabelScale scale = encoder.labelScale().orElse(null);
    if (scale == null) {
      lines.add(
          Line.missing(
              model.network().engine(),
              "probabilities",
              "name \"text.temperature\" and \"text.bias\" in " + ModelManifest.FILE));
      return;
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode label : golden.path("labels")) {
      texts.add(golden.path("template").asText().replace("{}", label.asText()));
    }
    List<float[]> labels = encoder.embed(texts);
    Path file = options.directory().resolve(GOLDEN);
    double largest = 0;
    try (EmbeddingModel network =
        EmbeddingModels.load(options.withEngine(model.network().engine()))) {
      for (int i = 0; i < golden.path("images").size(); i++) {
        ReferencePictures.Picture picture =
            ReferencePictures.picture(
                file, images.orElse(options.directory()), golden.path("images").get(i).asText());
        double[] computed = scale.probabilities(embed(network, List.of(picture), "")[0], labels);
        for (int j = 0; j < computed.length; j++) {
          double expected = golden.path("probabilities").path(i).path(j).asDouble(Double.NaN);
          largest = Math.max(largest, Math.abs(expected - computed[j]));
        }
      }
    }
    ModelPackage.Network shown = model.text() == null ? model.network() : model.text().network();
    boolean judged = model.format() == NumericFormat.FLOAT32;
    lines.add(
        new Line(
            shown.engine(),
            shown.path(),
            encoder.device().toString(),
            model.format().toString(),
            "probabilities",
            golden.path("images").size(),
            largest,
            Double.NaN,
            !judged || largest <= ReferenceTexts.PROBABILITY_DEVIATION_MAX,
            judged ? "" : "shown, not judged"));
  }

  /** Returns whether all of {@code lines} hold. */
  public static boolean holds(List<Line> lines) {
    return !lines.isEmpty() && lines.stream().allMatch(Line::holds);
  }
}
