package io.semblance.embedding.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells by their names which of a repository's files make a model package.
 *
 * @param chosen files of the package, in order
 * @param networks those of {@code chosen} that an engine runs; empty if there is none
 * @param leftOut the others, by why they are left out
 */
public record ModelFiles(
    List<String> chosen, List<String> networks, Map<Reason, List<String>> leftOut) {
  /** Of families that have one. */
  public static final String CONFIGURATION = "config.json";

  private static final Set<String> CONFIGURATIONS =
      Set.of(
          ModelManifest.FILE,
          PreprocessorConfiguration.FILE,
          TextReader.TOKENIZER,
          TokenizerFile.CONFIGURATION,
          CONFIGURATION,
          "open_clip_config.json",
          "modules.json",
          "special_tokens_map.json",
          "golden.json");

  private static final String BOTH = "model.onnx";

  /** Where a package keeps its golden pictures. */
  private static final String GOLDEN = "golden/";

  /** A folder of sentence-transformers' modules. */
  private static final Pattern MODULE = Pattern.compile("\\d+_\\w+/");

  private static final Pattern OTHER_WEIGHTS =
      Pattern.compile(
          ".*\\.(safetensors|bin|pt|pth|ckpt|h5|keras|msgpack|gguf|ggml|tflite|mlmodel|mlpackage|ot|pkl|xml)");

  /** Why a file is no part of the package. */
  public enum Reason {
    /** Weights in a format that no engine here runs. */
    OTHER_WEIGHTS("weights in formats that are not run here"),
    /** Networks in other numeric formats, which deviate from the reference. */
    REDUCED("networks in reduced precision"),
    /** Networks that are not wanted: of another engine, or beside those with the usual names. */
    OTHER_NETWORK("other networks"),
    /** Nothing that is read of a package. */
    NOT_READ("other files");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Copies in. */
  public ModelFiles {
    chosen = List.copyOf(chosen);
    networks = List.copyOf(networks);
    leftOut = Map.copyOf(leftOut);
  }

  /**
   * Returns the networks of both towers, and their weights, that are left out because each tower
   * has a network of its own among the chosen ones.
   */
  public List<String> both() {
    return leftOut.getOrDefault(Reason.OTHER_NETWORK, List.of()).stream()
        .filter(one -> isOfBoth(one, networks))
        .toList();
  }

  /** Returns this choice with {@link #both()}. */
  public ModelFiles withBoth() {
    TreeSet<String> more = new TreeSet<>(chosen);
    more.addAll(both());
    Set<String> all = new TreeSet<>(more);
    leftOut.values().forEach(all::addAll);
    return new ModelFiles(
        List.copyOf(more),
        more.stream().filter(ModelFiles::isNetwork).toList(),
        leftOut(all, more));
  }

  /**
   * Returns whether the scale of a model's probabilities is found in its network of both towers
   * alone, as SigLIP's is.
   *
   * @param configuration its config.json
   */
  public static boolean needsBoth(Path configuration) {
    try {
      String type = PackageJson.tree(configuration).path("model_type").asText();
      return ModelFamily.ofType(type).filter(ModelFamily.SIGLIP::equals).isPresent();
    } catch (InvalidModelException _) {
      return false; // whoever reads the model says what is wrong with it
    }
  }

  /** Returns the formats in which the chosen networks can be run, the most exact first. */
  public List<NumericFormat> formats() {
    return networks.stream()
        .flatMap(one ->
            one.endsWith(".onnx")
                ? NetworkSearch.formatOf(one).stream()
                : Stream.of(NumericFormat.FLOAT32))
        .distinct()
        .sorted()
        .toList();
  }

  /** Returns a network of pictures in reduced precision that is left out and could be run. */
  public Optional<String> reduced() {
    return leftOut.getOrDefault(Reason.REDUCED, List.of()).stream()
        .filter(one -> NetworkSearch.formatOf(one).isPresent() && !name(one).startsWith("text_"))
        .findFirst();
  }

  /**
   * Chooses among {@code paths}: configuration, tokenizer, golden vectors, and networks. Without
   * {@code patterns} those are ONNX files in float32, the ones with the usual names if there are
   * such, else SavedModels; one of both towers only where they have none of their own; of both
   * kinds where a {@code model.json} may name them. TorchScript is chosen only if its engine is
   * named, for other weights share its extension.
   *
   * @param paths of all files, with slashes between their names
   * @param engine whose networks are wanted
   * @param patterns of the files to take in the place of these networks; {@code *} stands for any
   *     characters, {@code ?} for one
   * @throws IllegalArgumentException if there is no such engine
   */
  public static ModelFiles choose(
      Collection<String> paths, Optional<String> engine, List<String> patterns) {
    TreeSet<String> all = new TreeSet<>(paths);
    List<String> networks =
        patterns.isEmpty() ? usual(all, engine) : matching(all, Pattern.compile(regex(patterns)));
    Set<String> folders = new LinkedHashSet<>(Set.of(""));
    all.stream().map(ModelFiles::folder).filter(MODULE.asMatchPredicate()).forEach(folders::add);
    networks.stream().map(ModelFiles::folder).forEach(folders::add);
    TreeSet<String> chosen = new TreeSet<>(networks);
    for (String path : all) {
      boolean golden = path.startsWith(GOLDEN) && all.contains(ModelManifest.FILE);
      if (golden || (CONFIGURATIONS.contains(name(path)) && folders.contains(folder(path)))) {
        chosen.add(path);
      }
    }
    networks = networks.stream().filter(ModelFiles::isNetwork).toList();
    return new ModelFiles(List.copyOf(chosen), networks, leftOut(all, chosen));
  }

  private static List<String> usual(Set<String> all, Optional<String> engine) {
    List<String> onnx = onnx(all);
    List<String> savedModels = savedModels(all);
    if (engine.isPresent()) {
      return switch (engine.get().toLowerCase(Locale.ROOT)) {
        case "onnxruntime" -> onnx;
        case "tensorflow" -> savedModels;
        case "pytorch" -> torchScripts(all);
        default ->
            throw new IllegalArgumentException(
                "there is no engine %s: say one of %s"
                    .formatted(engine.get(), String.join(", ", EngineSettings.ENGINES)));
      };
    }
    if (all.contains(ModelManifest.FILE)) {
      onnx = new ArrayList<>(onnx);
      onnx.addAll(savedModels);
      return onnx;
    }
    return onnx.isEmpty() ? savedModels : onnx;
  }

  /** ONNX files and what lies beside them with their weights. */
  private static List<String> onnx(Set<String> all) {
    List<String> float32 =
        all.stream()
            .filter(one -> NetworkSearch.isOnnx(name(one)))
            .filter(one -> depth(one) <= NetworkSearch.DEPTH_MAX)
            .toList();
    List<String> usual = float32.stream().filter(NetworkSearch.USUAL.asMatchPredicate()).toList();
    List<String> files =
        usual.isEmpty() ? float32 : usual.stream().filter(one -> !isOfBoth(one, usual)).toList();
    return all.stream()
        .filter(one -> files.contains(one) || files.stream().anyMatch(file -> isBeside(one, file)))
        .toList();
  }

  /**
   * Returns whether {@code path} is a network of both towers, or holds its weights, and its folder,
   * or one inside, has a network for each among {@code networks}.
   */
  private static boolean isOfBoth(String path, Collection<String> networks) {
    return name(path).startsWith(BOTH)
        && networks.stream()
            .filter(one -> name(one).equals("vision_" + BOTH))
            .map(ModelFiles::folder)
            .filter(one -> one.startsWith(folder(path)))
            .anyMatch(one -> networks.contains(one + "text_" + BOTH));
  }

  private static boolean isBeside(String path, String onnx) {
    return path.startsWith(onnx)
        && path.length() > onnx.length()
        && !path.endsWith(".onnx")
        && path.indexOf('/', onnx.length()) < 0;
  }

  private static List<String> savedModels(Set<String> all) {
    Set<String> folders =
        all.stream()
            .filter(one -> name(one).equals(SavedModelFile.FILE))
            .filter(one -> depth(one) <= NetworkSearch.DEPTH_MAX)
            .map(ModelFiles::folder)
            .collect(Collectors.toSet());
    return matching(all, path -> folders.stream().anyMatch(folder -> isOfSavedModel(path, folder)));
  }

  /** Those that are named so, if there are any. */
  private static List<String> torchScripts(Set<String> all) {
    List<String> files =
        all.stream()
            .filter(one -> one.endsWith(TorchScriptFile.EXTENSION))
            .filter(one -> depth(one) <= NetworkSearch.DEPTH_MAX)
            .toList();
    List<String> named = files.stream().filter(one -> name(one).contains("torchscript")).toList();
    return named.isEmpty() ? files : named;
  }

  private static boolean isOfSavedModel(String path, String folder) {
    if (!path.startsWith(folder)) {
      return false;
    }
    String rest = path.substring(folder.length());
    return rest.startsWith("variables/")
        || rest.startsWith("assets/")
        || (rest.endsWith(".pb") && !rest.contains("/"));
  }

  private static List<String> matching(Set<String> all, Pattern pattern) {
    return matching(all, pattern.asMatchPredicate());
  }

  private static List<String> matching(Set<String> all, Predicate<String> wanted) {
    return all.stream().filter(wanted).toList();
  }

  private static String regex(List<String> patterns) {
    return patterns.stream()
        .map(one ->
            one.chars()
                .mapToObj(letter ->
                    switch (letter) {
                      case '*' -> ".*";
                      case '?' -> ".";
                      default -> Pattern.quote(Character.toString(letter));
                    })
                .collect(Collectors.joining()))
        .collect(Collectors.joining("|"));
  }

  private static Map<Reason, List<String>> leftOut(Set<String> all, Set<String> chosen) {
    Map<Reason, List<String>> leftOut = new EnumMap<>(Reason.class);
    for (String path : all) {
      if (!chosen.contains(path)) {
        leftOut.computeIfAbsent(reason(path), _ -> new ArrayList<>()).add(path);
      }
    }
    return leftOut;
  }

  private static Reason reason(String path) {
    if (name(path).contains(".onnx")) {
      String network = name(path).replaceFirst("\\.onnx.*", ".onnx");
      return NetworkSearch.isOnnx(network) ? Reason.OTHER_NETWORK : Reason.REDUCED;
    }
    if (name(path).equals(SavedModelFile.FILE) || path.contains("variables/variables.")) {
      return Reason.OTHER_NETWORK;
    }
    return OTHER_WEIGHTS.matcher(path).matches() ? Reason.OTHER_WEIGHTS : Reason.NOT_READ;
  }

  private static boolean isNetwork(String path) {
    return path.endsWith(".onnx")
        || path.endsWith(TorchScriptFile.EXTENSION)
        || name(path).equals(SavedModelFile.FILE);
  }

  /**
   * Returns which files a network keeps weights in.
   *
   * @param network its path in the repository
   * @param file where it lies
   * @return paths in the repository; empty for networks that keep their weights to themselves
   * @throws InvalidModelException if the network is damaged
   */
  public static List<String> weights(String network, Path file) {
    return network.endsWith(".onnx")
        ? OnnxFile.weightFiles(file).stream()
            .map(one -> folder(network) + file.resolveSibling("").relativize(one))
            .toList()
        : List.of();
  }

  private static long depth(String path) {
    return 1 + path.chars().filter(one -> one == '/').count();
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Returns the folder of {@code path} with a slash at its end; empty for the outermost. */
  private static String folder(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }
}
