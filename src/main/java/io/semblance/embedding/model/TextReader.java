package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.embedding.model.LabelScale.Activation;
import io.semblance.embedding.model.ModelFamily.Source;
import io.semblance.embedding.model.ModelPackage.Companion;
import io.semblance.embedding.model.ModelPackage.Network;
import io.semblance.embedding.model.ModelPackage.TextTower;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import io.semblance.image.ImageRecipe.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds a package's text tower: network, tokenizer, context, and the scale of its similarities. */
final class TextReader {
  static final String TOKENIZER = "tokenizer.json";

  /** {@code exp(4.6052)}: where OpenAI's and laion's weights were held during their training. */
  private static final double CLIP_SCALE = Math.exp(4.6052);

  /** What a network of both towers gives beside its logits. */
  static final List<String> SCALED = List.of("logits_per_image", "image_embeds", "text_embeds");

  static final String LOGITS = SCALED.getFirst();

  private static final int OPEN_CLIP_VOCABULARY = 49_408;
  private static final int CLIP_CONTEXT = 77;
  private static final int SIGLIP_CONTEXT = 64;
  private static final long CLIP_PADDING = 49_407;
  private static final long SIGLIP_PADDING = 1;

  private final Path directory;
  private final ModelManifest manifest;
  private final HubConfiguration hub;
  private final NumericFormat format;
  private final Supplier<List<NetworkFile>> files;

  TextReader(
      Path directory,
      ModelManifest manifest,
      HubConfiguration hub,
      NumericFormat format,
      Supplier<List<NetworkFile>> files) {
    this.directory = directory;
    this.manifest = manifest;
    this.hub = hub;
    this.format = format;
    this.files = files;
  }

  /**
   * What was found.
   *
   * @param tower null if there is none that can be run
   * @param obstacle why the package's tower cannot be run, and what helps; null if nothing is
   *     missing, or there is no tower
   */
  record Texts(@Nullable TextTower tower, @Nullable String obstacle) {
    static final Texts NONE = new Texts(null, null);
  }

  /**
   * Returns the tower for {@code engine}. That its tokenizer is missing is an obstacle, to those
   * alone who want texts, unless the manifest asks for it.
   */
  Texts read(String engine) {
    ModelManifest.Text text = manifest.text();
    if (text == null && (!hub.family().hasText() || manifest.networks() != null)) {
      return Texts.NONE;
    }
    Optional<NetworkSearch.Found> found = network(engine, text);
    if (found.isEmpty()) {
      if (text == null) {
        return new Texts(null, obstacleOfEngine(engine));
      }
      throw new InvalidModelException(
          "%s: \"text\" is given, but no network for %s takes token ids and gives one of %s: name it in \"text.networks\""
              .formatted(directory.resolve(ModelManifest.FILE), engine, sources()));
    }
    Path tokenizer = tokenizer(text);
    if (tokenizer == null && !bringsVocabulary()) {
      return new Texts(
          null,
          "%s has a text tower, %s, but %s is missing: add it, name another in \"text.tokenizer\" of %s, or set semblance.model.texts to false to do without texts"
              .formatted(
                  directory,
                  found.get().file().path(),
                  hub.folder().resolve(TOKENIZER),
                  ModelManifest.FILE));
    }
    return new Texts(tower(found.get(), tokenizer, text), null);
  }

  private List<Source> sources() {
    List<String> outputs =
        switch (hub.family()) {
          case SIGLIP -> List.of("pooler_output", "text_embeds");
          case OPEN_CLIP -> List.of("embedding", "text_embeds", "output");
          default -> List.of("text_embeds", "embedding");
        };
    return outputs.stream().map(one -> new Source(one, Pooling.NONE)).toList();
  }

  /** Says which engine would have the text tower that {@code engine} lacks; null if none has. */
  private @Nullable String obstacleOfEngine(String engine) {
    return EngineSettings.ENGINES.stream()
        .filter(other -> network(other, null).isPresent())
        .findFirst()
        .map(other ->
            "%s has a text tower for %s, but the network for pictures is that for %s: set semblance.model.engine to %s, or semblance.model.texts to false to do without texts"
                .formatted(directory, other, engine, other))
        .orElse(null);
  }

  private Optional<NetworkSearch.Found> network(String engine, ModelManifest.@Nullable Text text) {
    if (text == null || text.networks() == null) {
      return NetworkSearch.texts(
          files.get().stream().filter(one -> one.engine().equalsIgnoreCase(engine)).toList(),
          sources());
    }
    for (ModelManifest.TextNetwork network : text.networks()) {
      if (engine.equalsIgnoreCase(network.engine())) {
        String path = Objects.requireNonNull(network.path());
        Path file = ModelPackage.inside(directory, "text.networks.path", path);
        List<NetworkFile> candidates =
            NetworkSearch.at(engine, path, file).stream()
                .filter(one ->
                    network.signature() == null || network.signature().equals(one.signature()))
                .toList();
        List<Source> sources =
            network.output() == null
                ? sources()
                : List.of(new Source(network.output(), Pooling.NONE));
        return NetworkSearch.texts(candidates, sources);
      }
    }
    return Optional.empty();
  }

  private @Nullable Path tokenizer(ModelManifest.@Nullable Text text) {
    if (text != null && text.tokenizer() != null) {
      return ModelPackage.inside(directory, "text.tokenizer", text.tokenizer());
    }
    for (Path folder : List.of(hub.folder(), directory)) {
      if (Files.exists(folder.resolve(TOKENIZER))) {
        return folder.resolve(TOKENIZER);
      }
    }
    if (text != null && !bringsVocabulary()) {
      throw new InvalidModelException(
          "%s: \"text\" is given, but %s is missing: add it, or name another in \"text.tokenizer\""
              .formatted(directory.resolve(ModelManifest.FILE), hub.folder().resolve(TOKENIZER)));
    }
    return null;
  }

  /** open_clip tokenizes with OpenAI's vocabulary, of its own, unless a tokenizer is named. */
  private boolean bringsVocabulary() {
    JsonNode text = hub.content().path("model_cfg").path("text_cfg");
    return hub.family() == ModelFamily.OPEN_CLIP
        && !text.has("hf_tokenizer_name")
        && !text.has("hf_model_name")
        && text.path("vocab_size").asInt(OPEN_CLIP_VOCABULARY) == OPEN_CLIP_VOCABULARY;
  }

  private TextTower tower(
      NetworkSearch.Found found, @Nullable Path tokenizer, ModelManifest.@Nullable Text text) {
    boolean told = text != null && text.temperature() != null;
    TextTower both =
        told
            ? null
            : files.get().stream()
                .filter(one -> one.engine().equals(found.file().engine()))
                .filter(one -> one.outputNames().containsAll(SCALED))
                .filter(one -> one.pictures().isPresent())
                .filter(one -> NetworkSearch.tokenIds(one).isPresent())
                .findFirst()
                .map(one -> tower(one, LOGITS, tokenizer, text, null))
                .orElse(null);
    return tower(found.file(), found.source().output(), tokenizer, text, both);
  }

  private TextTower tower(
      NetworkFile file,
      String output,
      @Nullable Path tokenizer,
      ModelManifest.@Nullable Text text,
      @Nullable TextTower both) {
    Port ids = NetworkSearch.tokenIds(file).orElseThrow();
    Optional<Port> mask =
        file.inputs().stream().filter(Port::isText).filter(one -> !one.equals(ids)).findFirst();
    List<Companion> companions = new ArrayList<>();
    file.pictures()
        .ifPresent(port ->
            companions.add(
                new Companion(port.name(), Kind.FLOAT32, picture(port), Companion.Fill.ZEROS)));
    Network network =
        new Network(
            file.engine(),
            file.path(),
            file.signature(),
            ids.name(),
            companions,
            output,
            Layout.NCHW,
            Pooling.NONE,
            0);
    boolean sigmoid = hub.family() == ModelFamily.SIGLIP;
    int context =
        text != null && text.contextLength() != null
            ? text.contextLength()
            : context(ids, sigmoid ? SIGLIP_CONTEXT : CLIP_CONTEXT);
    return new TextTower(
        network,
        NetworkSearch.formatOf(format, file.path()),
        ids.kind(),
        mask.map(Port::name).orElse(null),
        tokenizer,
        hub.family() == ModelFamily.OPEN_CLIP,
        context,
        padding(text, sigmoid),
        scale(text, sigmoid),
        both);
  }

  private long padding(ModelManifest.@Nullable Text text, boolean sigmoid) {
    if (text != null && text.padding() != null) {
      return text.padding();
    }
    if (hub.family() == ModelFamily.OPEN_CLIP) {
      return 0;
    }
    return sigmoid ? SIGLIP_PADDING : CLIP_PADDING;
  }

  /** One picture, of the declared size or a usual one. */
  private static List<Long> picture(Port port) {
    List<Long> shape = new ArrayList<>(List.of(1L, 3L, 224L, 224L));
    for (int axis = 1; axis < shape.size(); axis++) {
      if (port.length(axis) > 0) {
        shape.set(axis, port.length(axis));
      }
    }
    return List.copyOf(shape);
  }

  private int context(Port ids, int usual) {
    JsonNode configuration = hub.content();
    int configured =
        configuration
            .path("text_config")
            .path("max_position_embeddings")
            .asInt(
                configuration
                    .path("model_cfg")
                    .path("text_cfg")
                    .path("context_length")
                    .asInt(usual));
    long declared = ids.length(1);
    if (declared > 0 && declared != configured) {
      throw new InvalidModelException(
          "the text network takes %d tokens, but %s says %d: correct it, or name \"text.contextLength\" in %s"
              .formatted(declared, hub.file(), configured, directory.resolve(ModelManifest.FILE)));
    }
    return configured;
  }

  private @Nullable LabelScale scale(ModelManifest.@Nullable Text text, boolean sigmoid) {
    Activation activation =
        text != null && text.activation() != null
            ? text.activation()
            : sigmoid ? Activation.SIGMOID : Activation.SOFTMAX;
    Double temperature = text == null ? null : text.temperature();
    Double bias = text == null ? null : text.bias();
    if (temperature != null) {
      return new LabelScale(temperature, bias == null ? 0 : bias, activation);
    }
    return sigmoid ? null : new LabelScale(1 / CLIP_SCALE, bias == null ? 0 : bias, activation);
  }
}
