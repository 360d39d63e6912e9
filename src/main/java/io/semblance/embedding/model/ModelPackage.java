package io.semblance.embedding.model;

import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.image.ImageRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A model as a folder: an export as transformers, optimum, timm, open_clip, sentence-transformers
 * or TensorFlow write it, and, if it says more, a {@code model.json}. Nothing of it is loaded yet.
 *
 * @param directory the folder
 * @param manifest its {@code model.json}
 * @param network the network that was chosen
 * @param recipe how the network's input is made
 * @param description what identifies the model; its dimension is 0 if only a run can tell it
 * @param text the text tower in the same space; null if there is none
 * @param textObstacle why the package's text tower cannot be run, and what helps; null if it can
 *     be, or there is none
 * @param files SHA-256, in hexadecimal, of every file that determines the vectors, by path
 * @param format what the network computes in
 */
public record ModelPackage(
    Path directory,
    ModelManifest manifest,
    Network network,
    ImageRecipe recipe,
    ModelDescription description,
    @Nullable TextTower text,
    @Nullable String textObstacle,
    SequencedMap<String, String> files,
    NumericFormat format) {

  /**
   * A network for one engine.
   *
   * @param engine as DJL names it: {@code TensorFlow}, {@code OnnxRuntime}, {@code PyTorch}
   * @param path of the file or folder, relative to the package
   * @param signature of a SavedModel; null for others
   * @param input name of the pixels, or of the token ids
   * @param companions what is fed beside it
   * @param output name of what is pooled
   * @param layout of the pixels
   * @param pooling how the output becomes a vector
   * @param prefixTokens tokens before those of patches
   */
  public record Network(
      String engine,
      String path,
      @Nullable String signature,
      String input,
      List<Companion> companions,
      String output,
      ImageRecipe.Layout layout,
      Pooling pooling,
      int prefixTokens) {}

  /**
   * An input that is fed with the same values always.
   *
   * @param shape -1 in the place of the batch's size
   */
  public record Companion(String name, Kind kind, List<Long> shape, Fill fill) {
    /** What it is filled with. */
    public enum Fill {
      ZEROS,
      ONES,
      /** 0, 1, 2 and so on: the noise by which masked autoencoders leave patches in their order. */
      RAMP
    }
  }

  /**
   * The text tower.
   *
   * @param network takes token ids and gives vectors in the pictures' space
   * @param format what the network computes in; float32 where the package has it in no other
   * @param idKind type of the token ids
   * @param mask name of the input that tells tokens from padding; null if there is none
   * @param tokenizer its file; null for the vocabulary that open_clip brings along
   * @param cleaning whether texts are cleaned and have no special tokens, as with open_clip
   * @param contextLength tokens of each input, with begin, end and padding
   * @param padding id that fills the rest
   * @param scale from similarities to probabilities; null if the package does not tell it
   * @param both a network of both towers, whose logits tell the scale; null if there is none, or
   *     the manifest tells it
   */
  public record TextTower(
      Network network,
      NumericFormat format,
      Kind idKind,
      @Nullable String mask,
      @Nullable Path tokenizer,
      boolean cleaning,
      int contextLength,
      long padding,
      @Nullable LabelScale scale,
      @Nullable TextTower both) {}

  /**
   * Reads the package in {@code directory}. What is inferred is logged.
   *
   * @param engine the engine to choose; the first network if absent
   * @throws InvalidModelException if something is missing or wrong, or two files contradict each
   *     other; the message names file and key, and what helps
   */
  public static ModelPackage read(Path directory, Optional<String> engine) {
    return read(directory, engine, NumericFormat.FLOAT32);
  }

  /** As {@link #read(Path, Optional)}, with networks that compute in {@code format}. */
  public static ModelPackage read(Path directory, Optional<String> engine, NumericFormat format) {
    return new PackageReader(directory, format).read(engine, Optional.empty());
  }

  /** As {@link #read(Path, Optional)}, with the numeric format that {@code options} name. */
  public static ModelPackage read(ModelOptions options) {
    return read(options.directory(), options.engine(), options.format());
  }

  /**
   * Returns the engines for which the package in {@code directory} has networks in {@code format},
   * in its order of preference.
   */
  public static List<String> engines(Path directory, NumericFormat format) {
    return new PackageReader(directory, format).engines();
  }

  /** Returns this package with another network in the place of its own. */
  ModelPackage withNetwork(Network other) {
    return new ModelPackage(
        directory, manifest, other, recipe, description, text, textObstacle, files, format);
  }

  /** Returns this package with its network computing in {@code other}. */
  ModelPackage withFormat(NumericFormat other) {
    return new ModelPackage(
        directory, manifest, network, recipe, description, text, textObstacle, files, other);
  }

  /** Returns where the chosen network lies. */
  Path networkPath() {
    return directory.resolve(network.path()).normalize();
  }

  /** Returns where the manifest lies, or would. */
  Path manifestFile() {
    return directory.resolve(ModelManifest.FILE);
  }

  /**
   * Returns the file or folder {@code path} of the package.
   *
   * @param key of the manifest, for the message
   * @throws InvalidModelException if it is missing or outside the package
   */
  Path inside(String key, String path) {
    return inside(directory, key, path);
  }

  static Path inside(Path directory, String key, String path) {
    Path root = directory.toAbsolutePath().normalize();
    Path file = root.resolve(path).normalize();
    if (!file.startsWith(root)) {
      throw new InvalidModelException(
          "%s: \"%s\" is %s, outside the package: move the file into it"
              .formatted(directory.resolve(ModelManifest.FILE), key, path));
    }
    if (!Files.exists(file)) {
      throw new InvalidModelException(
          "%s: \"%s\" is %s, which does not exist: restore the file, or correct the path"
              .formatted(directory.resolve(ModelManifest.FILE), key, path));
    }
    return directory.resolve(path);
  }
}
