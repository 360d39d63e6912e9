package io.semblance.embedding.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.semblance.image.ImageRecipe;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
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
  private static final int DIMENSION_MAX = 65_536;

  /** Unknown keys of the manifest are refused: a key that is misspelt would be ignored. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /**
   * The content of {@code model.json}.
   *
   * @param id names the model
   * @param version of its weights
   * @param networks the same network for one or more engines, the preferred one first
   * @param dimension components of a vector
   * @param unitNorm whether the network itself gives vectors of unit norm; if not, or absent, they
   *     are scaled to it
   * @param golden what the network must reproduce
   * @param matchThreshold lowest similarity that counts as a near-duplicate
   * @param thresholds what was measured at which similarity
   */
  public record Manifest(
      String id,
      String version,
      List<Network> networks,
      int dimension,
      boolean unitNorm,
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
    ImageRecipe recipe = PreprocessorConfiguration.recipe(directory).withLayout(network.layout());
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
    return inside("networks.path", network.path());
  }

  /** Returns where the manifest lies. */
  Path manifestFile() {
    return directory.resolve(MANIFEST);
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

  private static Path inside(Path directory, String key, String path) {
    Path root = directory.toAbsolutePath().normalize();
    Path file = root.resolve(path).normalize();
    if (!file.startsWith(root)) {
      throw new InvalidModelException(
          "%s: \"%s\" is %s, outside the package: move the file into it"
              .formatted(directory.resolve(MANIFEST), key, path));
    }
    if (!Files.exists(file)) {
      throw new InvalidModelException(
          "%s: \"%s\" is %s, which does not exist: restore the file, or correct the path"
              .formatted(directory.resolve(MANIFEST), key, path));
    }
    return directory.resolve(path);
  }

  static <T> T readJson(Path file, Class<T> type) {
    try {
      T content = MAPPER.readValue(file.toFile(), type);
      if (content == null) {
        throw new InvalidModelException("%s holds null: restore the file".formatted(file));
      }
      return content;
    } catch (FileNotFoundException e) {
      throw new InvalidModelException("%s is missing: a model package needs it".formatted(file), e);
    } catch (JsonMappingException e) {
      String key =
          e.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .filter(Objects::nonNull)
              .collect(Collectors.joining("."));
      throw new InvalidModelException(
          "%s: \"%s\" is wrong: %s".formatted(file, key, e.getOriginalMessage()), e);
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "%s is no JSON at line %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void check(Path directory, Manifest manifest) {
    Path file = directory.resolve(MANIFEST);
    require(file, "id", manifest.id());
    require(file, "version", manifest.version());
    if (manifest.networks() == null || manifest.networks().isEmpty()) {
      throw new InvalidModelException(
          "%s: \"networks\" names no network: describe at least one".formatted(file));
    }
    for (Network network : manifest.networks()) {
      if (network == null) {
        throw new InvalidModelException("%s: \"networks\" holds null: remove it".formatted(file));
      }
      require(file, "networks.engine", network.engine());
      require(file, "networks.path", network.path());
      require(file, "networks.input", network.input());
      require(file, "networks.output", network.output());
      require(file, "networks.layout", network.layout());
    }
    if (manifest.golden() != null) {
      require(file, "golden.vectors", manifest.golden().vectors());
      require(file, "golden.images", manifest.golden().images());
    }
    if (manifest.dimension() < 1 || manifest.dimension() > DIMENSION_MAX) {
      throw new InvalidModelException(
          "%s: \"dimension\" is %d: 1 to %d".formatted(file, manifest.dimension(), DIMENSION_MAX));
    }
    if (!(manifest.matchThreshold() > 0 && manifest.matchThreshold() <= 1)) {
      throw new InvalidModelException(
          "%s: \"matchThreshold\" is %s: above 0 and at most 1"
              .formatted(file, manifest.matchThreshold()));
    }
  }

  private static void require(Path file, String key, @Nullable Object value) {
    if (value == null || (value instanceof String text && text.isBlank())) {
      throw new InvalidModelException("%s: \"%s\" is missing: add it".formatted(file, key));
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
                            directory.resolve(MANIFEST),
                            engine.orElse(""),
                            manifest.networks().stream().map(Network::engine).toList())));
    inside(directory, "networks.path", network.path());
    return network;
  }

  /**
   * SHA-256 over all that determines the vectors: the network's files by name and content, the
   * preprocessing, and what of the manifest decides which output is taken and how. The engine is
   * part of it only through its files.
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
        add(digest, path.relativize(file).toString().replace(File.separatorChar, '/'), file);
      }
      add(
          digest,
          PreprocessorConfiguration.FILE,
          directory.resolve(PreprocessorConfiguration.FILE));
      add(
          digest,
          "%s %s %s %d %b"
              .formatted(
                  network.input(),
                  network.layout(),
                  network.output(),
                  manifest.dimension(),
                  manifest.unitNorm()));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    } catch (IOException e) {
      throw new InvalidModelException(
          "cannot read the files of %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes.length).array());
    digest.update(bytes);
  }

  /** The lengths keep name and content of neighbouring files apart. */
  private static void add(MessageDigest digest, String name, Path file) throws IOException {
    add(digest, name);
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(Files.size(file)).array());
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
