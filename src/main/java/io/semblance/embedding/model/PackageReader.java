package io.semblance.embedding.model;

import io.semblance.embedding.model.ModelFamily.Source;
import io.semblance.embedding.model.ModelPackage.Companion;
import io.semblance.embedding.model.ModelPackage.Network;
import io.semblance.embedding.model.ModelPackage.TextTower;
import io.semblance.embedding.model.NetworkFile.Port;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.Layout;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts a {@link ModelPackage} together from its manifest, its configuration and its networks. */
final class PackageReader {
  private static final Logger LOG = System.getLogger(PackageReader.class.getName());

  /** Of models without a measured threshold. */
  private static final float MATCH_THRESHOLD_UNMEASURED = 0.95f;

  private static final int VERSION_LENGTH = 12;

  private final Path directory;
  private final NumericFormat format;
  private final Path manifestFile;
  private final ModelManifest manifest;
  private final HubConfiguration hub;

  /** The folder's networks; null until they are asked for. */
  private NetworkSearch.@Nullable Listing listing;

  PackageReader(Path directory, NumericFormat format) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidModelException(
          "there is no model package at %s: set semblance.model.directory to a folder with a model"
              .formatted(directory));
    }
    this.directory = directory;
    this.format = format;
    manifestFile = directory.resolve(ModelManifest.FILE);
    manifest = ModelManifest.read(directory);
    hub = HubConfiguration.read(directory, manifest);
  }

  /** Returns the family of the package's networks. */
  ModelFamily family() {
    return hub.family();
  }

  /**
   * Returns the engines for which the package has networks in the numeric format, in its order of
   * preference.
   */
  List<String> engines() {
    Stream<String> names =
        manifest.networks() == null
            ? files().stream().map(NetworkFile::engine)
            : manifest.networks().stream()
                .filter(this::isInFormat)
                .map(one -> Objects.requireNonNull(one.engine()));
    return names.distinct().toList();
  }

  /** Another file than the one that is named may be missing. */
  private boolean isInFormat(ModelManifest.Network network) {
    String path = Objects.requireNonNull(network.path());
    String other = NetworkSearch.inFormat(format, path);
    return other.equals(path) || Files.exists(directory.resolve(other));
  }

  /**
   * Reads the package.
   *
   * @param engine the engine to choose; the first network if absent
   * @param embedding the vector to take; the manifest's, or the reference's own, if absent
   */
  ModelPackage read(Optional<String> engine, Optional<String> embedding) {
    return find(engine, embedding)
        .orElseThrow(() ->
            new InvalidModelException(
                "%s: no network%s gives the vector %s; there are %s: name \"embedding\", or \"networks\" with \"output\" and \"pooling\", in %s"
                    .formatted(
                        directory,
                        engine.map(one -> " for the engine " + one).orElse(""),
                        wanted(embedding),
                        files().stream().map(one -> one.path() + " " + one.outputNames()).toList(),
                        manifestFile)));
  }

  /** As {@link #read}; empty if no network gives the vector. */
  Optional<ModelPackage> find(Optional<String> engine, Optional<String> embedding) {
    return network(engine, embedding).map(this::complete);
  }

  /** Returns whether the vectors that {@code network} gives are those called {@code embedding}. */
  boolean gives(Network network, String embedding) {
    return embedding.equals(ReferencePictures.SINGLE)
        || embedding.equals(manifest.embedding())
        || hub.family()
            .sources(embedding)
            .contains(new Source(network.output(), network.pooling()));
  }

  private ModelPackage complete(Network network) {
    ImageRecipe recipe =
        new RecipeReader(directory, manifest, hub).read().withLayout(network.layout());
    InputShape.require(directory, network, recipe, RecipeReader.nameOf(directory, hub));
    TextReader.Texts texts =
        new TextReader(directory, manifest, hub, format, this::textFiles).read(network.engine());
    TextTower text = texts.tower();
    SequencedMap<String, String> digests = Fingerprint.files(directory, hub, network, text);
    String fingerprint = Fingerprint.of(directory, hub, manifest, network, recipe, text, format);
    ModelDescription description =
        new ModelDescription(
            manifest.id() != null ? manifest.id() : nameOfFolder(),
            manifest.version() != null
                ? manifest.version()
                : fingerprint.substring(0, VERSION_LENGTH),
            fingerprint,
            manifest.dimension() != null ? manifest.dimension() : 0,
            manifest.matchThreshold() != null
                ? manifest.matchThreshold()
                : MATCH_THRESHOLD_UNMEASURED);
    return new ModelPackage(
        directory, manifest, network, recipe, description, text, texts.obstacle(), digests, format);
  }

  private String nameOfFolder() {
    return String.valueOf(directory.toAbsolutePath().normalize().getFileName());
  }

  private NetworkSearch.Listing listing() {
    if (listing == null) {
      listing = NetworkSearch.all(directory, format);
    }
    return listing;
  }

  private List<NetworkFile> files() {
    List<NetworkFile> files = listing().files();
    if (files.isEmpty() && format != NumericFormat.FLOAT32) {
      throw new InvalidModelException(
          "%s has no network in %s: put one there whose name ends in _%s.onnx, or set semblance.model.numeric-format to float32"
              .formatted(directory, format, format.suffix()));
    }
    if (files.isEmpty()) {
      listing().requireSound();
      throw new InvalidModelException(
          "%s is no model: %s is missing, and there is no network either (*.onnx, a folder with %s, or TorchScript, *%s; weights alone are none); set semblance.model.directory to a folder with a model"
              .formatted(
                  directory, ModelManifest.FILE, SavedModelFile.FILE, TorchScriptFile.EXTENSION));
    }
    return files;
  }

  /** Texts need no network of their own in another format: float32 takes its place. */
  private List<NetworkFile> textFiles() {
    return format == NumericFormat.FLOAT32
        ? files()
        : Stream.concat(
                files().stream(),
                NetworkSearch.all(directory, NumericFormat.FLOAT32).files().stream())
            .toList();
  }

  private List<String> wanted(Optional<String> embedding) {
    String named = embedding.orElse(manifest.embedding());
    return named != null ? List.of(named) : hub.family().embeddingNames();
  }

  private Optional<Network> network(Optional<String> engine, Optional<String> embedding) {
    if (manifest.networks() != null && embedding.isEmpty()) {
      return Optional.of(described(manifest.networks(), engine));
    }
    if (engine.filter(EngineSettings.PYTORCH::equalsIgnoreCase).isPresent()) {
      listing().requireSound();
    }
    List<NetworkFile> candidates =
        files().stream()
            .filter(one -> engine.isEmpty() || one.engine().equalsIgnoreCase(engine.get()))
            .toList();
    if (candidates.isEmpty()) {
      throw new InvalidModelException(
          "%s has no network for the engine %s%s, only for %s: change semblance.model.engine%s"
              .formatted(
                  directory,
                  engine.orElse(""),
                  format == NumericFormat.FLOAT32
                      ? ""
                      : " in %s (*_%s.onnx)".formatted(format, format.suffix()),
                  engines(),
                  format == NumericFormat.FLOAT32 ? "" : " or semblance.model.numeric-format"));
    }
    if (hub.givesClassScores()) {
      throw new InvalidModelException(
          "%s: \"num_classes\" is %s, so that the network gives scores of classes: export it with num_classes=0"
              .formatted(hub.file(), hub.content().path("num_classes").asText()));
    }
    Optional<Network> found = wanted(wanted(embedding), candidates);
    if (found.isEmpty() && embedding.isEmpty() && hub.family() == ModelFamily.UNKNOWN) {
      found = onlyVector(candidates);
    }
    if (found.isEmpty() && engine.isEmpty()) {
      listing().requireSound();
    }
    return found;
  }

  /** Returns the network for the first of {@code names} that any gives. */
  private Optional<Network> wanted(List<String> names, List<NetworkFile> candidates) {
    for (String name : names) {
      Optional<NetworkSearch.Found> found =
          NetworkSearch.pictures(candidates, hub.family().sources(name));
      if (found.isEmpty()) {
        continue;
      }
      if (!name.equals(names.getFirst())) {
        LOG.log(
            Level.WARNING,
            "{0} has no network that gives {1}, its reference''s vector: {2} takes its place{3}; name it as \"embedding\" in {4} if you want it",
            directory,
            names.getFirst(),
            name,
            hub.family().hasText() ? ", with which texts cannot be compared" : "",
            ModelManifest.FILE);
      }
      return found.map(one -> inferred(name, one));
    }
    return Optional.empty();
  }

  /** Of an unknown network the only output of vectors, if it has no other. */
  private Optional<Network> onlyVector(List<NetworkFile> candidates) {
    for (NetworkFile file : candidates) {
      if (file.pictures().isPresent() && file.outputs().size() == 1) {
        Port output = file.outputs().getFirst();
        Pooling pooling = output.shape().size() == 4 ? Pooling.SPATIAL_MEAN : Pooling.NONE;
        Source source = new Source(output.name(), pooling);
        return NetworkSearch.pictures(List.of(file), List.of(source))
            .map(one -> inferred(output.name(), one));
      }
    }
    return Optional.empty();
  }

  private Network inferred(String embedding, NetworkSearch.Found found) {
    NetworkFile file = found.file();
    Network network =
        build(
            file,
            file.pictures().orElseThrow(),
            found.source().output(),
            layout(file, file.pictures().orElseThrow()),
            found.source().pooling());
    LOG.log(
        Level.INFO,
        "{0}: taking {1} of {2}, {3} pooled from \"{4}\" ({5})",
        directory,
        embedding,
        file.path(),
        network.pooling(),
        network.output(),
        network.layout());
    return network;
  }

  private Network build(
      NetworkFile file, Port input, String output, Layout layout, Pooling pooling) {
    List<Companion> companions =
        NetworkSearch.companions(file, input)
            .orElseThrow(() ->
                new InvalidModelException(
                    "%s takes %s, of which only \"%s\" can be fed: export it with that input alone"
                        .formatted(
                            directory.resolve(file.path()), file.inputNames(), input.name())));
    return new Network(
        file.engine(),
        file.path(),
        file.signature(),
        input.name(),
        companions,
        output,
        layout,
        pooling,
        hub.prefixTokens());
  }

  private Layout layout(NetworkFile file, Port input) {
    return NetworkFile.layout(input)
        .orElse(file.engine().equals(EngineSettings.TENSORFLOW) ? Layout.NHWC : Layout.NCHW);
  }

  /** The network of the manifest, completed by what its file declares. */
  private Network described(List<ModelManifest.Network> networks, Optional<String> engine) {
    ModelManifest.Network network =
        networks.stream()
            .filter(one -> engine.isEmpty() || engine.get().equalsIgnoreCase(one.engine()))
            .findFirst()
            .orElseThrow(() ->
                new InvalidModelException(
                    "%s has no network for the engine %s, only for %s: change semblance.model.engine"
                        .formatted(
                            manifestFile,
                            engine.orElse(""),
                            networks.stream().map(ModelManifest.Network::engine).toList())));
    String name = Objects.requireNonNull(network.engine());
    String path = NetworkSearch.inFormat(format, Objects.requireNonNull(network.path()));
    Path file = ModelPackage.inside(directory, "networks.path", path);
    NetworkFile declared = declared(network, NetworkSearch.at(name, path, file), file);
    Port input = input(network, declared);
    Source source = source(network, declared);
    return build(
        declared,
        input,
        source.output(),
        network.layout() != null ? network.layout() : layout(declared, input),
        source.pooling());
  }

  private NetworkFile declared(
      ModelManifest.Network network, List<NetworkFile> signatures, Path file) {
    if (signatures.isEmpty()) {
      throw new InvalidModelException(
          "%s: \"networks.engine\" is %s, which is not known: one of %s"
              .formatted(manifestFile, network.engine(), EngineSettings.ENGINES));
    }
    if (network.signature() == null) {
      return signatures.stream()
          .filter(one -> one.pictures().isPresent())
          .min(Comparator.comparing(one -> !"serving_default".equals(one.signature())))
          .orElse(signatures.getFirst());
    }
    return signatures.stream()
        .filter(one -> network.signature().equals(one.signature()))
        .findFirst()
        .orElseThrow(() ->
            new InvalidModelException(
                "%s: \"networks.signature\" is %s, but the signatures of %s are %s: correct it"
                    .formatted(
                        manifestFile,
                        network.signature(),
                        file,
                        signatures.stream().map(NetworkFile::signature).toList())));
  }

  private Port input(ModelManifest.Network network, NetworkFile file) {
    Optional<Port> input = network.input() == null ? file.pictures() : file.input(network.input());
    return input.orElseThrow(() ->
        new InvalidModelException(
            "%s: \"input\" is %s, but the inputs of %s are %s: correct it"
                .formatted(manifestFile, network.input(), file.path(), file.inputNames())));
  }

  private Source source(ModelManifest.Network network, NetworkFile file) {
    if (network.output() != null) {
      if (file.output(network.output()).isEmpty()) {
        throw new InvalidModelException(
            "%s: \"output\" is %s, but the outputs of %s are %s: correct it"
                .formatted(manifestFile, network.output(), file.path(), file.outputNames()));
      }
      return new Source(
          network.output(), network.pooling() != null ? network.pooling() : Pooling.NONE);
    }
    Optional<Source> found =
        wanted(Optional.empty()).stream()
            .flatMap(name -> hub.family().sources(name).stream())
            .filter(one -> file.output(one.output()).isPresent())
            .findFirst();
    if (found.isEmpty() && file.outputs().size() == 1) {
      found = Optional.of(new Source(file.outputs().getFirst().name(), Pooling.NONE));
    }
    Source source =
        found.orElseThrow(() ->
            new InvalidModelException(
                "%s: \"output\" is missing, and the outputs of %s are %s: name one"
                    .formatted(manifestFile, file.path(), file.outputNames())));
    return network.pooling() == null ? source : new Source(source.output(), network.pooling());
  }
}
