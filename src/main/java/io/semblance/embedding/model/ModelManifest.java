package io.semblance.embedding.model;

import io.semblance.image.ImageRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of {@code model.json}: what a package says of itself beyond the files of its export.
 * Every key is optional; what is left out is inferred from those files.
 *
 * @param id names the model; the folder's name if absent
 * @param version of its weights; the beginning of its fingerprint if absent
 * @param family the kind of network, as {@code model_type} of config.json names it
 * @param embedding which of the family's vectors is taken, for example {@code cls}, {@code
 *     mean_patches}; the reference's own if absent
 * @param networks the same network for one or more engines, the preferred one first; those found in
 *     the folder if absent
 * @param preprocessing what preprocessor_config.json leaves open
 * @param text the text tower
 * @param dimension components of a vector; what the network gives if absent
 * @param unitNorm whether the network itself gives vectors of unit norm; if not, or absent, they
 *     are scaled to it
 * @param golden what the network must reproduce
 * @param matchThreshold lowest similarity that counts as a near-duplicate
 * @param thresholds what was measured at which similarity
 */
public record ModelManifest(
    @Nullable String id,
    @Nullable String version,
    @Nullable String family,
    @Nullable String embedding,
    @Nullable List<Network> networks,
    @Nullable Preprocessing preprocessing,
    @Nullable Text text,
    @Nullable Integer dimension,
    boolean unitNorm,
    @Nullable Golden golden,
    @Nullable Float matchThreshold,
    @Nullable List<Threshold> thresholds) {
  static final String FILE = "model.json";
  private static final int DIMENSION_MAX = 65_536;

  /** A package without the file. */
  static final ModelManifest NONE =
      new ModelManifest(null, null, null, null, null, null, null, null, false, null, null, null);

  /**
   * A network for one engine.
   *
   * @param engine as DJL names it: {@code TensorFlow}, {@code OnnxRuntime}, {@code PyTorch}
   * @param path of the file or folder, relative to the package
   * @param signature of a SavedModel; the one that takes pictures if absent
   * @param input name of the pixels; the only input of four axes if absent
   * @param output name of what is pooled; the family's if absent
   * @param layout of the pixels; as the network declares if absent
   * @param pooling how the output becomes a vector; the family's if absent
   */
  public record Network(
      @Nullable String engine,
      @Nullable String path,
      @Nullable String signature,
      @Nullable String input,
      @Nullable String output,
      ImageRecipe.@Nullable Layout layout,
      @Nullable Pooling pooling) {}

  /**
   * What preprocessor_config.json leaves open.
   *
   * @param cropRounding where the centre lies if the margin is odd; as the family's reference does
   *     if absent
   * @param passOrder which axis is resized first; as Pillow up to 12 if absent
   */
  public record Preprocessing(
      ImageRecipe.@Nullable CropRounding cropRounding, ImageRecipe.@Nullable PassOrder passOrder) {}

  /**
   * The text tower.
   *
   * @param networks as those for pictures; those found in the folder if absent
   * @param tokenizer file of the tokenizer; tokenizer.json if absent
   * @param contextLength tokens that the network takes; the family's if absent
   * @param padding id of the token that fills the rest; the family's if absent
   * @param temperature cosines are divided by it before they become probabilities
   * @param bias added to the quotient
   * @param activation how those become probabilities
   */
  public record Text(
      @Nullable List<TextNetwork> networks,
      @Nullable String tokenizer,
      @Nullable Integer contextLength,
      @Nullable Long padding,
      @Nullable Double temperature,
      @Nullable Double bias,
      LabelScale.@Nullable Activation activation) {}

  /**
   * A text network for one engine.
   *
   * @param engine as DJL names it
   * @param path of the file or folder, relative to the package
   * @param signature of a SavedModel; the one that takes tokens if absent
   * @param input name of the token ids; the family's if absent
   * @param output name of the vectors; the family's if absent
   */
  public record TextNetwork(
      @Nullable String engine,
      @Nullable String path,
      @Nullable String signature,
      @Nullable String input,
      @Nullable String output) {}

  /**
   * Golden vectors.
   *
   * @param vectors a file naming pictures and their vectors
   * @param images a folder with those pictures, already in the size of the input, as PNG
   */
  public record Golden(@Nullable String vectors, @Nullable String images) {}

  /**
   * What was measured at a similarity.
   *
   * @param similarity the threshold
   * @param precision share of accepted pairs that are copies
   * @param recall share of edited copies found
   * @param falseMatchRate share of unrelated pairs accepted
   * @param measuredOn the pictures
   */
  public record Threshold(
      float similarity,
      double precision,
      double recall,
      double falseMatchRate,
      @Nullable String measuredOn) {}

  /**
   * Reads the manifest of the package in {@code directory}.
   *
   * @return {@link #NONE} if it has none
   * @throws InvalidModelException if something in it is wrong
   */
  static ModelManifest read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return NONE;
    }
    ModelManifest manifest = PackageJson.read(file, ModelManifest.class);
    manifest.check(file);
    return manifest;
  }

  private void check(Path file) {
    requireText(file, "id", id);
    requireText(file, "version", version);
    requireText(file, "family", family);
    requireText(file, "embedding", embedding);
    if (networks != null) {
      if (networks.isEmpty()) {
        throw new InvalidModelException(
            "%s: \"networks\" names no network: describe at least one, or leave it out"
                .formatted(file));
      }
      for (Network network : networks) {
        if (network == null) {
          throw new InvalidModelException("%s: \"networks\" holds null: remove it".formatted(file));
        }
        require(file, "networks.engine", network.engine());
        require(file, "networks.path", network.path());
      }
    }
    if (text != null && text.networks() != null) {
      for (TextNetwork network : text.networks()) {
        require(file, "text.networks.engine", network.engine());
        require(file, "text.networks.path", network.path());
      }
    }
    if (golden != null) {
      require(file, "golden.vectors", golden.vectors());
      require(file, "golden.images", golden.images());
    }
    checkNumbers(file);
  }

  private void checkNumbers(Path file) {
    if (dimension != null && (dimension < 1 || dimension > DIMENSION_MAX)) {
      throw new InvalidModelException(
          "%s: \"dimension\" is %d: 1 to %d".formatted(file, dimension, DIMENSION_MAX));
    }
    if (matchThreshold != null && !(matchThreshold > 0 && matchThreshold <= 1)) {
      throw new InvalidModelException(
          "%s: \"matchThreshold\" is %s: above 0 and at most 1".formatted(file, matchThreshold));
    }
    if (text != null && text.temperature() != null && !(text.temperature() > 0)) {
      throw new InvalidModelException(
          "%s: \"text.temperature\" is %s: above 0".formatted(file, text.temperature()));
    }
  }

  private static void requireText(Path file, String key, @Nullable String value) {
    if (value != null && value.isBlank()) {
      throw new InvalidModelException(
          "%s: \"%s\" is empty: name it, or leave it out".formatted(file, key));
    }
  }

  private static void require(Path file, String key, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new InvalidModelException("%s: \"%s\" is missing: add it".formatted(file, key));
    }
  }
}
