package io.semblance.embedding.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files in which a SavedModel keeps its weights: {@code variables/variables.index} and {@code
 * variables/variables.data-00000-of-00001} or more of these.
 */
final class SavedModelWeights {
  private static final String FOLDER = "variables";
  private static final String INDEX = "variables.index";
  private static final String DATA = "variables.data-%05d-of-%05d";
  private static final Pattern DATA_NAME = Pattern.compile("variables\\.data-\\d{5}-of-(\\d{5})");

  /** What TensorFlow's failures name while it reads weights, or finds that it has none. */
  private static final Pattern FAILURE =
      Pattern.compile(
          "(?s).*(RestoreV2|variables\\.(data|index)|resource variable|Could not find variable).*");

  private SavedModelWeights() {}

  /**
   * Returns why the SavedModel in {@code folder} cannot be loaded, where {@code message}, which
   * TensorFlow gave, tells of its weights: the file that is missing, or those one of which is cut.
   */
  static Optional<String> failure(Path folder, String message) {
    if (!FAILURE.matcher(message).matches()) {
      return Optional.empty();
    }
    Path variables = folder.resolve(FOLDER);
    List<Path> files = files(variables);
    Optional<Path> missing = missing(variables, files);
    return Optional.of(
        missing
            .map(
                "%s is missing, which holds weights of the network: fetch or export it again"
                    ::formatted)
            .orElseGet(() ->
                "%s, the weights of the network, are damaged or cut (%s): fetch or export them again"
                    .formatted(files, message.lines().findFirst().orElse(""))));
  }

  private static List<Path> files(Path variables) {
    if (!Files.isDirectory(variables)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(variables)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(variables, e.getMessage()), e);
    }
  }

  private static Optional<Path> missing(Path variables, List<Path> files) {
    int shards =
        files.stream()
            .map(file -> DATA_NAME.matcher(file.getFileName().toString()))
            .filter(Matcher::matches)
            .mapToInt(name -> Integer.parseInt(name.group(1)))
            .max()
            .orElse(1);
    return Stream.concat(
            Stream.of(INDEX),
            Stream.iterate(0, shard -> shard < shards, shard -> shard + 1)
                .map(shard -> DATA.formatted(shard, shards)))
        .map(variables::resolve)
        .filter(file -> !files.contains(file))
        .findFirst();
  }
}
