package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an export's own configuration says: {@code config.json} of transformers and timm, {@code
 * open_clip_config.json}, or the folder that sentence-transformers' {@code modules.json} names.
 *
 * @param file the configuration; null if there is none
 * @param folder where preprocessing and tokenizer are described
 * @param content of the file
 * @param family of the network
 */
record HubConfiguration(@Nullable Path file, Path folder, JsonNode content, ModelFamily family) {
  private static final String CONFIG = "config.json";
  private static final String OPEN_CLIP = "open_clip_config.json";
  private static final String MODULES = "modules.json";

  /**
   * Reads the configuration of the package in {@code directory}.
   *
   * @param manifest whose {@code family} must not contradict it
   * @throws InvalidModelException if it is of no known family, or cannot be embedded with
   */
  static HubConfiguration read(Path directory, ModelManifest manifest) {
    HubConfiguration found = find(directory, manifest);
    if (manifest.family() != null) {
      ModelFamily named =
          ModelFamily.ofType(manifest.family())
              .orElseThrow(() ->
                  new InvalidModelException(
                      "%s: \"family\" is %s, which is not known: one of %s, or leave it out and describe \"networks\" in full"
                          .formatted(
                              directory.resolve(ModelManifest.FILE),
                              manifest.family(),
                              ModelFamily.allTypes())));
      if (found.file() != null
          && found.family() != named
          && found.family() != ModelFamily.UNKNOWN) {
        throw new InvalidModelException(
            "%s: \"family\" is %s, but %s is of the family %s: correct or remove \"family\""
                .formatted(
                    directory.resolve(ModelManifest.FILE), named, found.file(), found.family()));
      }
      found = new HubConfiguration(found.file(), found.folder(), found.content(), named);
    }
    found.requireEmbedder();
    return found;
  }

  private static HubConfiguration find(Path directory, ModelManifest manifest) {
    Path openClip = directory.resolve(OPEN_CLIP);
    if (Files.exists(openClip)) {
      return new HubConfiguration(
          openClip, directory, PackageJson.tree(openClip), ModelFamily.OPEN_CLIP);
    }
    Path folder = directory;
    if (Files.exists(directory.resolve(MODULES)) && !Files.exists(directory.resolve(CONFIG))) {
      String first = PackageJson.tree(directory.resolve(MODULES)).path(0).path("path").asText();
      folder = directory.resolve(first).normalize();
      if (!folder.startsWith(directory) || !Files.exists(folder.resolve(CONFIG))) {
        throw new InvalidModelException(
            "%s: its first module's \"path\" is %s, where no %s is: restore the folder"
                .formatted(directory.resolve(MODULES), first, CONFIG));
      }
    }
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      return new HubConfiguration(null, folder, MissingNode.getInstance(), lone(directory));
    }
    JsonNode content = PackageJson.tree(file);
    return new HubConfiguration(file, folder, content, family(file, content, manifest));
  }

  /** SSCD is published as one file, which its name tells; golden vectors of it name the family. */
  private static ModelFamily lone(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      boolean named =
          files.anyMatch(
              one -> one.getFileName().toString().matches("sscd_.*\\" + TorchScriptFile.EXTENSION));
      return named || ReferenceRecipes.areOf(directory, ModelFamily.SSCD)
          ? ModelFamily.SSCD
          : ModelFamily.UNKNOWN;
    } catch (IOException e) {
      throw new InvalidModelException(
          "cannot read the files of %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private static ModelFamily family(Path file, JsonNode content, ModelManifest manifest) {
    if (content.has("pretrained_cfg") && content.has("architecture")) {
      return ModelFamily.TIMM;
    }
    String type = content.path("model_type").asText();
    boolean described =
        manifest.family() != null
            || (manifest.networks() != null
                && manifest.networks().stream().allMatch(one -> one.output() != null));
    return ModelFamily.ofType(type)
        .or(() -> described ? Optional.of(ModelFamily.UNKNOWN) : Optional.empty())
        .orElseThrow(() ->
            new InvalidModelException(
                "%s: \"model_type\" is \"%s\", a family that is not known: one of %s; for another describe \"networks\" with \"output\" and \"pooling\" in %s"
                    .formatted(
                        file,
                        type,
                        ModelFamily.allTypes(),
                        file.resolveSibling(ModelManifest.FILE))));
  }

  private void requireEmbedder() {
    double masked = content.path("mask_ratio").asDouble(0);
    if (family == ModelFamily.VIT_MAE && masked > 0) {
      throw new InvalidModelException(
          "%s: \"mask_ratio\" is %s, so that the network drops patches at random: set it to 0 and export again"
              .formatted(file, masked));
    }
  }

  /** Returns the tokens before those of patches: the class token and registers. */
  int prefixTokens() {
    return 1 + content.path("num_register_tokens").asInt(0);
  }

  /** Returns whether timm's network ends with scores of classes, which are no embedding. */
  boolean givesClassScores() {
    return family == ModelFamily.TIMM && content.path("num_classes").asInt(0) > 0;
  }

  /** Returns the files that the package's vectors depend on beside networks and preprocessing. */
  List<Path> files() {
    return file == null ? List.of() : List.of(file);
  }
}
