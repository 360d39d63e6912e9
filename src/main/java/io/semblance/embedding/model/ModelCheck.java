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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares what a package computes with what its reference computed: pixels, and for each engine
 * the vectors of pictures, token ids, the vectors of texts, and probabilities. A package with a
 * manifest is compared in what it chooses, any other in all that its networks give. One use.
 */
public final class ModelCheck {
  static final String GOLDEN = "golden.json";
  private static final int BATCH_SIZE = 8;

  private static final String NO_OUTPUT = "the network has no such output";

  /** What became of a comparison, or of all. */
  public enum Outcome {
    HOLDS("ok"),
    FAILS("FAILED"),
    /** There was nothing to compare, or nothing to compare it with. */
    NOT_CHECKED("not checked");

    private final String text;

    Outcome(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * What was compared.
   *
   * @param engine that computed it; empty for pixels
   * @param network its path in the package; empty for pixels
   * @param device where it ran; empty for pixels
   * @param format what it was computed in; empty for pixels and token ids
   * @param subject what was compared
   * @param compared how many pictures or texts
   * @param deviation the largest of any component; for pixels and token ids how many differ; NaN if
   *     nothing was compared
   * @param similarity the smallest cosine of a vector and its reference; NaN for what is no vector
   * @param outcome whether that is little enough
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
      Outcome outcome,
      String remark) {

    static Line of(
        ModelPackage.Network network,
        InferenceDevice device,
        NumericFormat format,
        String subject,
        VectorAgreement agreement) {
      if (agreement.compared() == 0) {
        return notChecked(network.engine(), subject, "the reference has none of it");
      }
      return new Line(
          network.engine(),
          network.path(),
          device.toString(),
          format.toString(),
          subject,
          agreement.compared(),
          agreement.deviation(),
          agreement.similarity(),
          judged(format.accepts(agreement)),
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
          judged(different.isEmpty()),
          different.isEmpty() ? "" : different.toString());
    }

    /** What should have been compared and could not be, and why. */
    static Line missing(String engine, String subject, String remark) {
      return uncompared(engine, subject, Outcome.FAILS, remark);
    }

    /** What is not compared, and why. */
    static Line notChecked(String engine, String subject, String remark) {
      return uncompared(engine, subject, Outcome.NOT_CHECKED, remark);
    }

    private static Line uncompared(String engine, String subject, Outcome outcome, String remark) {
      return new Line(engine, "", "", "", subject, 0, Double.NaN, Double.NaN, outcome, remark);
    }

    static Outcome judged(boolean holds) {
      return holds ? Outcome.HOLDS : Outcome.FAILS;
    }

    /** Returns whether something was compared and is as it must be. */
    public boolean holds() {
      return outcome == Outcome.HOLDS;
    }

    private boolean isOfVectors() {
      return !Double.isNaN(similarity);
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
   * unless they name one. Without golden vectors it is loaded and run, and nothing is compared.
   *
   * @param images the folder in which the golden vectors' pictures lie; the package's own if absent
   * @return one line for everything that was compared, or could not be
   * @throws InvalidModelException if a service would refuse the package, too
   */
  public static List<Line> run(ModelOptions options, Optional<Path> images) {
    EngineSettings.prepare(options.threads());
    ModelCheck check = new ModelCheck(options, images);
    ModelManifest manifest = ModelManifest.read(options.directory());
    Path golden = options.directory().resolve(GOLDEN);
    if (manifest.golden() == null && !Files.exists(golden)) {
      return TrialRun.of(ModelPackage.read(options), options);
    }
    PackageReader reader = new PackageReader(options.directory(), options.format());
    List<String> engines = options.engine().map(List::of).orElseGet(reader::engines);
    if (manifest.golden() != null) {
      engines.forEach(check::ownVectors);
    } else {
      check.reference(reader, engines, golden);
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

  private void reference(PackageReader reader, List<String> engines, Path file) {
    JsonNode golden = PackageJson.tree(file);
    if (golden.path(ReferenceRecipes.KEY).isObject()) {
      ReferenceRecipes recipes =
          new ReferenceRecipes(file, golden, images.orElse(options.directory()), lines);
      engines.forEach(engine -> recipes.compare(options.withEngine(engine)));
      return;
    }
    boolean chosen = Files.exists(options.directory().resolve(ModelManifest.FILE));
    if (chosen) {
      ModelPackage.read(
          options); // what a service refuses is refused before pictures are looked for
    }
    ReferencePictures pictures =
        ReferencePictures.read(file, golden, images.orElse(options.directory()));
    if (chosen) {
      chosen(reader, pictures, engines);
    } else {
      all(reader, pictures, engines);
    }
    for (String engine : engines) {
      if (chosen || golden.path("text").isArray()) {
        reader.find(Optional.of(engine), Optional.empty()).ifPresent(model -> texts(golden, model));
      }
    }
  }

  /** What the manifest chooses is what a service runs: that, and nothing else, is compared. */
  private void chosen(PackageReader reader, ReferencePictures pictures, List<String> engines) {
    Set<String> left = new LinkedHashSet<>(pictures.embeddings());
    boolean pixels = false;
    for (String engine : engines) {
      Optional<ModelPackage> model = reader.find(Optional.of(engine), Optional.empty());
      if (model.isEmpty()) {
        lines.add(Line.notChecked(engine, "vectors", NO_OUTPUT));
        continue;
      }
      if (!pixels) {
        pixels(pictures, model.get().recipe());
        pixels = true;
      }
      List<String> names =
          pictures.embeddings().stream()
              .filter(name -> reader.gives(model.get().network(), name))
              .toList();
      vectors(pictures, names, model.get());
      names.forEach(left::remove);
    }
    for (String name : left) {
      lines.add(Line.notChecked("", name, ModelManifest.FILE + " chooses another vector"));
    }
  }

  private void all(PackageReader reader, ReferencePictures pictures, List<String> engines) {
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
          vectors(pictures, List.of(name), model.get());
          given = true;
        }
      }
      if (!given) {
        lines.add(Line.notChecked("", name, NO_OUTPUT));
      }
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

  private void vectors(ReferencePictures pictures, List<String> names, ModelPackage model) {
    try (EmbeddingModel network = EmbeddingModels.load(model, options)) {
      for (String name : names) {
        VectorAgreement agreement = new VectorAgreement();
        List<ReferencePictures.Picture> all =
            pictures.pictures().stream().filter(one -> one.has(name)).toList();
        for (int from = 0; from < all.size(); from += BATCH_SIZE) {
          List<ReferencePictures.Picture> some =
              all.subList(from, Math.min(all.size(), from + BATCH_SIZE));
          float[][] computed = embed(network, some, name);
          for (int i = 0; i < some.size(); i++) {
            agreement.addScaled(some.get(i).vector(name, model.recipe().passOrder()), computed[i]);
          }
        }
        lines.add(Line.of(model.network(), network.device(), model.format(), name, agreement));
      }
    }
  }

  /**
   * Returns the vectors of {@code pictures}.
   *
   * @param name of the reference's vectors that they are compared with
   */
  static float[][] embed(
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

  private void texts(JsonNode golden, ModelPackage model) {
    if (model.text() == null) {
      if (golden.path("text").isArray()) {
        boolean unused = model.manifest().networks() != null && model.manifest().text() == null;
        String engine = model.network().engine();
        lines.add(
            unused
                ? Line.notChecked(engine, "texts", ModelManifest.FILE + " names no text tower")
                : Line.missing(
                    engine,
                    "texts",
                    model.textObstacle() != null
                        ? model.textObstacle()
                        : "there is no network for texts"));
      }
      return;
    }
    try (TextEncoder encoder = EmbeddingModels.loadText(model, options)) {
      if (golden.path("text").isArray()) {
        new ReferenceTexts(golden, model.text(), encoder, lines).compare();
      }
      if (golden.path("zero_shot").isObject()) {
        lines.add(
            ReferenceProbabilities.compare(
                options.directory().resolve(GOLDEN),
                golden.path("zero_shot"),
                images.orElse(options.directory()),
                model,
                encoder,
                options));
      }
    }
  }

  /**
   * Returns what became of all: that it holds if nothing fails and at least one vector was
   * compared.
   */
  public static Outcome outcome(List<Line> lines) {
    if (lines.stream().anyMatch(line -> line.outcome() == Outcome.FAILS)) {
      return Outcome.FAILS;
    }
    return lines.stream().anyMatch(line -> line.holds() && line.isOfVectors())
        ? Outcome.HOLDS
        : Outcome.NOT_CHECKED;
  }
}
