package io.semblance.embedding.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.semblance.image.ImageRecipe;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model as a folder: the network's files, {@code preprocessor_config.json} as Hugging Face writes
 * it, golden vectors, and {@code model.json}, which says how they belong together.
 *
 * @param directory the folder
 * @param manifest its {@code model.json}
 * @param network the network that was chosen
 * @param recipe how the network's input is made
 * @param description what identifies the model
 */
public record ModelPackage(
    Path directory,
    Manifest manifest,
    Network network,
    ImageRecipe recipe,
    ModelDescription description) {
  private static final String MANIFEST = "model.json";
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  /**
   * The content of {@code model.json}.
   *
   * @param id names the model
   * @param version of its weights
   * @param networks the same network for one or more engines, the preferred one first
   * @param dimension components of a vector
   * @param golden what the network must reproduce
   * @param matchThreshold lowest similarity that counts as a near-duplicate
   * @param thresholds what was measured at which similarity
   */
  public record Manifest(
      String id,
      String version,
      List<Network> networks,
      int dimension,
      @Nullable Golden golden,
      float matchThreshold,
      @Nullable List<Threshold> thresholds) {}

  /**
   * A network for one engine.
   *
   * @param engine as DJL names it: {@code TensorFlow}, {@code OnnxRuntime}
   * @param path of the file or folder, relative to the package
   * @param input name of the pixels
   * @param output name of the vector
   * @param layout of the pixels
   */
  public record Network(
      String engine, String path, String input, String output, ImageRecipe.Layout layout) {}

  /**
   * Golden vectors.
   *
   * @param vectors a file naming pictures and their vectors
   * @param images a folder with those pictures, already in the size of the input, as PNG
   */
  public record Golden(String vectors, String images) {}

  /**
   * What was measured at a similarity.
   *
   * @param similarity the threshold
   * @param recall share of edited copies found
   * @param falseMatchRate share of unrelated pairs accepted
   * @param precision share of accepted pairs that are copies
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Threshold(
      float similarity, double recall, double falseMatchRate, double precision) {}

  /**
   * Reads the package in {@code directory}.
   *
   * @param engine the engine to choose; the first network if absent
   * @throws InvalidModelException if something is missing or wrong
   */
  public static ModelPackage read(Path directory, Optional<String> engine) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidModelException(
          "there is no model package at %s: set semblance.model.directory to a folder with a %s"
              .formatted(directory, MANIFEST));
    }
    Manifest manifest = readJson(directory.resolve(MANIFEST), Manifest.class);
    check(directory, manifest);
    Network network = choose(directory, manifest, engine);
    ImageRecipe recipe =
        PreprocessorConfiguration.read(directory).recipe().withLayout(network.layout());
    ModelDescription description =
        new ModelDescription(
            manifest.id(),
            manifest.version(),
            fingerprint(directory, manifest, network),
            manifest.dimension(),
            manifest.matchThreshold());
    return new ModelPackage(directory, manifest, network, recipe, description);
  }

  /** Returns where the chosen network lies. */
  Path networkPath() {
    return directory.resolve(network.path());
  }

  static <T> T readJson(Path file, Class<T> type) {
    try {
      return MAPPER.readValue(file.toFile(), type);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void check(Path directory, Manifest manifest) {
    Path file = directory.resolve(MANIFEST);
    if (manifest.id() == null || manifest.id().isBlank() || manifest.version() == null) {
      throw new InvalidModelException("%s: \"id\" and \"version\" are missing".formatted(file));
    }
    if (manifest.networks() == null || manifest.networks().isEmpty()) {
      throw new InvalidModelException("%s: \"networks\" names no network".formatted(file));
    }
    if (manifest.dimension() < 1) {
      throw new InvalidModelException(
          "%s: \"dimension\" is %d".formatted(file, manifest.dimension()));
    }
    if (!(manifest.matchThreshold() > 0 && manifest.matchThreshold() <= 1)) {
      throw new InvalidModelException(
          "%s: \"matchThreshold\" is %s: above 0 and at most 1"
              .formatted(file, manifest.matchThreshold()));
    }
  }

  private static Network choose(Path directory, Manifest manifest, Optional<String> engine) {
    Network network =
        manifest.networks().stream()
            .filter(one -> engine.isEmpty() || one.engine().equalsIgnoreCase(engine.get()))
            .findFirst()
            .orElseThrow(() ->
                new InvalidModelException(
                    "%s has no network for the engine %s, only for %s: change semblance.model.engine"
                        .formatted(
                            directory,
                            engine.orElse(""),
                            manifest.networks().stream().map(Network::engine).toList())));
    Path root = directory.toAbsolutePath().normalize();
    Path path = root.resolve(network.path()).normalize();
    if (!path.startsWith(root) || !Files.exists(path)) {
      throw new InvalidModelException(
          "%s: \"path\" is %s, which is not in the package"
              .formatted(directory.resolve(MANIFEST), network.path()));
    }
    return network;
  }

  /**
   * SHA-256 over all that determines the vectors: the network's files by name and content, the
   * preprocessing, and which output is taken. The engine is part of it only through its files.
   */
  private static String fingerprint(Path directory, Manifest manifest, Network network) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Path path = directory.resolve(network.path());
      List<Path> files;
      try (Stream<Path> walk = Files.walk(path)) {
        files = walk.filter(Files::isRegularFile).sorted().toList();
      }
      for (Path file : files) {
        add(digest, path.relativize(file).toString());
        add(digest, file);
      }
      add(digest, directory.resolve(PreprocessorConfiguration.FILE));
      add(digest, "%s %d".formatted(network.output(), manifest.dimension()));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model package " + directory, e);
    }
  }

  private static void add(MessageDigest digest, String text) {
    digest.update(text.toLowerCase(Locale.ROOT).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  private static void add(MessageDigest digest, Path file) throws IOException {
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }
}
