package io.semblance.embedding.model;

import io.semblance.embedding.model.ModelPackage.Network;
import io.semblance.embedding.model.ModelPackage.TextTower;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.PassOrder;
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
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over all that determines a package's vectors: every file that is read of it, by name and
 * content, and what of the manifest decides which output is taken and how. The text tower counts,
 * since texts are rows of the same index, also where texts are switched off; thresholds and
 * networks that are not run do not.
 */
final class Fingerprint {
  private Fingerprint() {}

  /** Returns the SHA-256 of every file that determines the vectors, by its path in the package. */
  static SequencedMap<String, String> files(
      Path directory, HubConfiguration hub, Network network, @Nullable TextTower text) {
    TreeSet<Path> paths = new TreeSet<>(networkFiles(directory, network));
    paths.addAll(hub.files());
    paths.add(hub.folder().resolve(PreprocessorConfiguration.FILE));
    if (text != null) {
      paths.addAll(networkFiles(directory, text.network()));
      if (text.tokenizer() != null) {
        paths.add(text.tokenizer());
        paths.add(text.tokenizer().resolveSibling(TokenizerFile.CONFIGURATION));
      }
    }
    SequencedMap<String, String> digests = new LinkedHashMap<>();
    try {
      for (Path path : paths) {
        if (Files.exists(path)) {
          digests.put(name(directory, path), digest(path));
        }
      }
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    return digests;
  }

  private static String digest(Path file) throws IOException {
    MessageDigest digest = sha256();
    content(digest, file);
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Returns whether files still are what {@link #files} has found. */
  static boolean areUnchanged(Path directory, Map<String, String> digests) {
    try {
      for (Map.Entry<String, String> file : digests.entrySet()) {
        if (!digest(directory.resolve(file.getKey())).equals(file.getValue())) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static String of(
      Path directory,
      HubConfiguration hub,
      ModelManifest manifest,
      Network network,
      ImageRecipe recipe,
      @Nullable TextTower text,
      NumericFormat format) {
    MessageDigest digest = sha256();
    try {
      Path root = directory.resolve(network.path());
      for (Path file : networkFiles(directory, network)) {
        String name = file.equals(root) ? "" : name(root, file);
        add(digest, name, file);
      }
      for (Path file : hub.files()) {
        add(digest, name(directory, file), file);
      }
      Path preprocessing = hub.folder().resolve(PreprocessorConfiguration.FILE);
      if (Files.exists(preprocessing)) {
        add(digest, PreprocessorConfiguration.FILE, preprocessing);
      }
      add(
          digest,
          "%s %s %s %d %b"
              .formatted(
                  network.input(),
                  network.layout(),
                  network.output(),
                  manifest.dimension() == null ? 0 : manifest.dimension(),
                  manifest.unitNorm()));
      addChoices(digest, hub, network, recipe);
      if (text != null) {
        for (Path file : networkFiles(directory, text.network())) {
          add(digest, name(directory, file), file);
        }
        if (text.tokenizer() != null) {
          add(digest, name(directory, text.tokenizer()), text.tokenizer());
          Path configuration = text.tokenizer().resolveSibling(TokenizerFile.CONFIGURATION);
          if (Files.exists(configuration)) {
            add(digest, name(directory, configuration), configuration);
          }
        }
        add(digest, "%s %d %d".formatted(text.network(), text.contextLength(), text.padding()));
      }
      if (format != NumericFormat.FLOAT32) {
        add(digest, format.toString());
      }
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** What packages with a complete manifest leave at its default adds nothing. */
  private static void addChoices(
      MessageDigest digest, HubConfiguration hub, Network network, ImageRecipe recipe) {
    boolean described =
        Files.exists(hub.folder().resolve(PreprocessorConfiguration.FILE))
            && recipe.passOrder() == PassOrder.PILLOW_12;
    if (!described) {
      add(
          digest,
          "%s %d %d %s %s %s %s %s"
              .formatted(
                  recipe.geometry(),
                  recipe.width(),
                  recipe.height(),
                  recipe.resampling(),
                  recipe.rescale(),
                  Arrays.toString(recipe.mean()),
                  Arrays.toString(recipe.deviation()),
                  recipe.passOrder()));
    } else if (recipe.geometry() instanceof ImageRecipe.Geometry.ShortSideThenCentre centre
        && centre.rounding() != ImageRecipe.CropRounding.FLOOR) {
      add(digest, centre.rounding().name());
    }
    if (network.pooling() != Pooling.NONE || !network.companions().isEmpty()) {
      add(
          digest,
          "%s %d %s".formatted(network.pooling(), network.prefixTokens(), network.companions()));
    }
    if (network.signature() != null && !network.signature().equals("serving_default")) {
      add(digest, network.signature());
    }
  }

  /** The network's files in order: the file itself and its weights, or all in its folder. */
  private static List<Path> networkFiles(Path directory, Network network) {
    Path path = directory.resolve(network.path()).normalize();
    if (!Files.isDirectory(path)) {
      return network.engine().equals(EngineSettings.ONNX_RUNTIME)
          ? Stream.concat(Stream.of(path), OnnxFile.weightFiles(path).stream()).toList()
          : List.of(path);
    }
    try (Stream<Path> walk = Files.walk(path)) {
      boolean whole = path.equals(directory.normalize());
      return walk.filter(Files::isRegularFile)
          .filter(one -> !whole || isOfSavedModel(path.relativize(one).toString()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
  }

  private static boolean isOfSavedModel(String path) {
    return path.endsWith(".pb") || path.startsWith("variables") || path.startsWith("assets");
  }

  private static String name(Path directory, Path file) {
    return directory
        .toAbsolutePath()
        .normalize()
        .relativize(file.toAbsolutePath().normalize())
        .toString()
        .replace('\\', '/');
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static InvalidModelException unreadable(Path directory, IOException cause) {
    return new InvalidModelException(
        "cannot read the files of %s: %s".formatted(directory, cause.getMessage()), cause);
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
    content(digest, file);
  }

  private static void content(MessageDigest digest, Path file) throws IOException {
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
