package io.semblance.embedding.model;

import io.semblance.embedding.model.ModelFamily.Source;
import io.semblance.embedding.model.ModelPackage.Companion;
import io.semblance.embedding.model.ModelPackage.Companion.Fill;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the networks of a package, and among them the one that gives a wanted vector. */
final class NetworkSearch {
  private static final Logger LOG = System.getLogger(NetworkSearch.class.getName());

  static final int DEPTH_MAX = 3;
  private static final String ONNX = ".onnx";

  /** Exports of other numbers than float32, which deviate from the reference. */
  private static final Pattern REDUCED =
      Pattern.compile(".*[_-](quantized|u?int8|fp16|bf16|bnb4|q[48].*|[oO][1-4])\\.onnx");

  static final Pattern USUAL = Pattern.compile("(.*/)?(vision_|text_)?model(_fp16|_bf16)?\\.onnx");

  /** Tokens of a text that is fed only because the network asks for one. */
  private static final int IDLE_TOKENS = 2;

  private NetworkSearch() {}

  /**
   * What lies in a folder.
   *
   * @param files what every network declares, in the engines' order of preference
   * @param unsound why a TorchScript is none of them: folders hold other things by its extension
   */
  record Listing(List<NetworkFile> files, Optional<InvalidModelException> unsound) {
    /**
     * Refuses a TorchScript that is not sound, which matters only where it is asked for or no other
     * network does.
     */
    void requireSound() {
      unsound.ifPresent(reason -> {
        throw reason;
      });
    }
  }

  /**
   * Returns the networks in {@code directory}.
   *
   * @param format of the files of ONNX Runtime; TensorFlow makes it of float32 itself
   */
  static Listing all(Path directory, NumericFormat format) {
    List<NetworkFile> found = new ArrayList<>();
    InvalidModelException unsound = null;
    try (Stream<Path> walk = Files.walk(directory, DEPTH_MAX)) {
      for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.equals(SavedModelFile.FILE)) {
          Path folder = file.resolveSibling("");
          found.addAll(SavedModelFile.read(folder, relative(directory, folder)));
        } else if (name.endsWith(ONNX) && isIn(format, name)) {
          found.add(OnnxFile.read(file, relative(directory, file)));
        } else if (name.endsWith(TorchScriptFile.EXTENSION)) {
          try {
            TorchScriptFile.read(file, relative(directory, file)).ifPresent(found::add);
          } catch (InvalidModelException e) {
            LOG.log(Level.WARNING, "a file is passed over: {0}", e.getMessage());
            unsound = e;
          }
        }
      }
    } catch (IOException e) {
      throw new InvalidModelException(
          "cannot read the files of %s: %s".formatted(directory, e.getMessage()), e);
    }
    found.sort(Comparator.comparing(one -> EngineSettings.ENGINES.indexOf(one.engine())));
    return new Listing(found, Optional.ofNullable(unsound));
  }

  /** Returns whether a file of this name holds an ONNX network in full precision. */
  static boolean isOnnx(String name) {
    return name.endsWith(ONNX) && isIn(NumericFormat.FLOAT32, name);
  }

  /** Returns the format of the ONNX network {@code path}; empty if none is run under its name. */
  static Optional<NumericFormat> formatOf(String path) {
    return Arrays.stream(NumericFormat.values())
        .filter(format -> path.endsWith(ONNX) && isIn(format, path))
        .findFirst();
  }

  private static boolean isIn(NumericFormat format, String name) {
    return format == NumericFormat.FLOAT32
        ? !REDUCED.matcher(name).matches()
        : name.matches(".*[_-]%s\\.onnx".formatted(format.suffix()));
  }

  /** Returns where the network {@code path} lies in {@code format}: beside it, by its suffix. */
  static String inFormat(NumericFormat format, String path) {
    return format == NumericFormat.FLOAT32 || isIn(format, path)
        ? path
        : path.replaceFirst("\\.onnx$", "_%s.onnx".formatted(format.suffix()));
  }

  /**
   * Returns what the network {@code path} computes in, of a package that runs in {@code format}:
   * ONNX files in float32 may take the place of others.
   */
  static NumericFormat formatOf(NumericFormat format, String path) {
    return path.endsWith(ONNX) && !isIn(format, path) ? NumericFormat.FLOAT32 : format;
  }

  private static String relative(Path directory, Path file) {
    String path =
        directory
            .toAbsolutePath()
            .normalize()
            .relativize(file.toAbsolutePath().normalize())
            .toString()
            .replace('\\', '/');
    return path.isEmpty() ? "." : path;
  }

  /**
   * Returns what the network at {@code path} declares, signature by signature.
   *
   * @param engine that is to run it
   * @param file where it lies
   */
  static List<NetworkFile> at(String engine, String path, Path file) {
    if (engine.equalsIgnoreCase(EngineSettings.ONNX_RUNTIME)) {
      return List.of(OnnxFile.read(file, path));
    }
    if (engine.equalsIgnoreCase(EngineSettings.PYTORCH)) {
      return List.of(
          TorchScriptFile.read(file, path)
              .orElseThrow(() ->
                  new InvalidModelException(
                      "%s is no TorchScript, but holds weights alone or something else: export the network by torch.jit.trace"
                          .formatted(file))));
    }
    return engine.equalsIgnoreCase(EngineSettings.TENSORFLOW)
        ? SavedModelFile.read(file, path)
        : List.of();
  }

  /** A network and the output that a vector is taken from. */
  record Found(NetworkFile file, Source source) {}

  /**
   * Returns the best of {@code files} that makes a vector of pictures by one of {@code sources}.
   */
  static Optional<Found> pictures(List<NetworkFile> files, List<Source> sources) {
    return best(
        files.stream()
            .filter(one -> one.pictures().isPresent())
            .filter(one -> companions(one, one.pictures().get()).isPresent())
            .toList(),
        sources);
  }

  /** Returns the best of {@code files} that makes a vector of texts by one of {@code sources}. */
  static Optional<Found> texts(List<NetworkFile> files, List<Source> sources) {
    return best(files.stream().filter(one -> tokenIds(one).isPresent()).toList(), sources);
  }

  /**
   * The source counts first: then no random numbers, few other inputs, the preferred engine, a
   * usual name.
   */
  private static Optional<Found> best(List<NetworkFile> files, List<Source> sources) {
    return sources.stream()
        .flatMap(source ->
            files.stream()
                .filter(one -> one.output(source.output()).isPresent())
                .min(
                    Comparator.comparing(NetworkFile::random)
                        .thenComparing(one -> one.inputs().size())
                        .thenComparingInt(one -> EngineSettings.ENGINES.indexOf(one.engine()))
                        .thenComparing(one -> !USUAL.matcher(one.path()).matches())
                        .thenComparing(one -> !"serving_default".equals(one.signature())))
                .map(one -> new Found(one, source))
                .stream())
        .findFirst();
  }

  /** Returns the input for token ids. */
  static Optional<Port> tokenIds(NetworkFile file) {
    return file.inputs().stream()
        .filter(Port::isText)
        .filter(one -> !one.name().contains("mask"))
        .findFirst();
  }

  /**
   * Returns what is fed beside {@code main}; empty if something is asked for that is not known.
   * Networks of both towers want a text with every picture and the other way round.
   */
  static Optional<List<Companion>> companions(NetworkFile file, Port main) {
    List<Companion> companions = new ArrayList<>();
    for (Port port : file.inputs()) {
      if (port.equals(main)) {
        continue;
      }
      long length = port.length(1);
      if (port.isText()) {
        companions.add(
            new Companion(
                port.name(),
                port.kind(),
                List.of(1L, length > 0 ? length : IDLE_TOKENS),
                port.name().contains("mask") ? Fill.ONES : Fill.ZEROS));
      } else if (port.name().equals("noise") && port.kind() == Kind.FLOAT32 && length > 0) {
        companions.add(new Companion(port.name(), port.kind(), List.of(-1L, length), Fill.RAMP));
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(companions);
  }
}
