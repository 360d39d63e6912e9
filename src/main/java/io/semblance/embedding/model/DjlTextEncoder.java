package io.semblance.embedding.model;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.types.Shape;
import io.semblance.embedding.model.ModelPackage.Companion;
import io.semblance.embedding.model.ModelPackage.TextTower;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A text tower run by one of DJL's engines, behind Hugging Face's own tokenizer. */
final class DjlTextEncoder implements TextEncoder {
  private static final Logger LOG = System.getLogger(DjlTextEncoder.class.getName());
  private static final List<String> SCALE_TEXTS = List.of("a photo of a cat", "sunset");

  /** Below this difference of two cosines a line through them says nothing. */
  private static final double COSINES_APART_MIN = 1e-3;

  private final ModelPackage model;
  private final TextTower tower;
  private final DjlModel network;
  private final HuggingFaceTokenizer tokenizer;
  private final @Nullable LabelScale scale;

  private DjlTextEncoder(
      ModelPackage model,
      TextTower tower,
      DjlModel network,
      HuggingFaceTokenizer tokenizer,
      @Nullable LabelScale measured) {
    this.model = model;
    this.tower = tower;
    this.network = network;
    this.tokenizer = tokenizer;
    scale = measured;
  }

  static DjlTextEncoder load(
      ModelPackage model, TextTower tower, InferenceDevice device, int threads) {
    HuggingFaceTokenizer tokenizer = TokenizerFile.load(tower);
    DjlModel network = null;
    try { // no graph remapping: texts are few, and nothing would show that it is wrong
      network = DjlModel.load(model.withNetwork(tower.network()), device, threads, false);
      LabelScale scale =
          scale(model.withFormat(NumericFormat.FLOAT32), tower, tokenizer, device, threads);
      DjlTextEncoder encoder = new DjlTextEncoder(model, tower, network, tokenizer, scale);
      encoder.embed(List.of("a")); // fails now if the network does not fit
      return encoder;
    } catch (InferenceException e) {
      throw closing(
          network, tokenizer, new InvalidModelException(String.valueOf(e.getMessage()), e));
    } catch (InvalidModelException e) {
      throw closing(network, tokenizer, e);
    }
  }

  /**
   * Returns the text tower of {@code model}.
   *
   * @throws InvalidModelException if it has none
   */
  static TextTower tower(ModelPackage model) {
    TextTower tower = model.text();
    if (tower == null) {
      throw new InvalidModelException(
          model.textObstacle() != null
              ? model.textObstacle()
              : "%s has no text tower for %s: it embeds pictures alone; take a CLIP or SigLIP export with its text network and tokenizer"
                  .formatted(model.directory(), model.network().engine()));
    }
    return tower;
  }

  /** The logits of a network of both towers tell the scale that it was trained to. */
  private static @Nullable LabelScale scale(
      ModelPackage model,
      TextTower tower,
      HuggingFaceTokenizer tokenizer,
      InferenceDevice device,
      int threads) {
    TextTower both = tower.both();
    if (both == null) {
      return tower.scale();
    }
    try (DjlModel network =
        DjlModel.load(model.withNetwork(both.network()), device, threads, false)) {
      DjlTextEncoder encoder = new DjlTextEncoder(model, both, network, tokenizer, null);
      List<Feed> feeds = encoder.feeds(SCALE_TEXTS);
      float[] logits = network.forward(feeds, TextReader.LOGITS).values();
      float[] picture = network.forward(feeds, "image_embeds").values();
      List<float[]> texts = encoder.rows(network.forward(feeds, "text_embeds"));
      UnitNorm.normalise(picture);
      texts.forEach(UnitNorm::normalise);
      double first = UnitNorm.dot(picture, texts.getFirst());
      double second = UnitNorm.dot(picture, texts.getLast());
      double slope = (logits[0] - logits[1]) / (first - second);
      LabelScale assumed = tower.scale();
      if (!(Math.abs(first - second) > COSINES_APART_MIN && slope > 0)) {
        return assumed;
      }
      // Of a softmax any bias falls out.
      LabelScale measured =
          assumed != null && assumed.activation() == LabelScale.Activation.SOFTMAX
              ? new LabelScale(1 / slope, 0, LabelScale.Activation.SOFTMAX)
              : new LabelScale(1 / slope, logits[0] - slope * first, LabelScale.Activation.SIGMOID);
      LOG.log(
          Level.INFO, "{0} tells the scale of its logits: {1}", both.network().path(), measured);
      return measured;
    }
  }

  private static InvalidModelException closing(
      @Nullable DjlModel network, HuggingFaceTokenizer tokenizer, InvalidModelException failure) {
    if (network != null) {
      network.close();
    }
    tokenizer.close();
    return failure;
  }

  @Override
  public ModelDescription description() {
    return model.description();
  }

  @Override
  public InferenceDevice device() {
    return network.device();
  }

  @Override
  public int contextLength() {
    return tower.contextLength();
  }

  @Override
  public long[] tokens(String text) {
    return padded(encode(text).getIds(), tower.padding());
  }

  @Override
  public boolean cuts(String text) {
    return encode(text).exceedMaxLength();
  }

  private Encoding encode(String text) {
    if (text.length() > CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "a text of %d characters: at most %d".formatted(text.length(), CHARACTERS_MAX));
    }
    return tokenizer.encode(tower.cleaning() ? OpenClipText.clean(text) : text, true, false);
  }

  private long[] padded(long[] values, long padding) {
    long[] padded = Arrays.copyOf(values, tower.contextLength());
    if (values.length < padded.length) {
      Arrays.fill(padded, values.length, padded.length, padding);
    }
    return padded;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    if (texts.isEmpty() || texts.size() > TEXTS_MAX) {
      throw new IllegalArgumentException("%d texts: 1 to %d".formatted(texts.size(), TEXTS_MAX));
    }
    List<float[]> vectors = rows(network.forward(feeds(texts), tower.network().output()));
    if (vectors.size() != texts.size()) {
      throw new InferenceException(
          "%s: the output %s has %d rows for %d texts: name another in \"text.networks\" of %s"
              .formatted(
                  tower.network().path(),
                  tower.network().output(),
                  vectors.size(),
                  texts.size(),
                  model.manifestFile()));
    }
    vectors.forEach(UnitNorm::normalise);
    return vectors;
  }

  private List<Feed> feeds(List<String> texts) {
    int length = tower.contextLength();
    long[] ids = new long[texts.size() * length];
    long[] mask = new long[ids.length];
    for (int i = 0; i < texts.size(); i++) {
      Encoding encoding = encode(texts.get(i));
      System.arraycopy(padded(encoding.getIds(), tower.padding()), 0, ids, i * length, length);
      System.arraycopy(padded(encoding.getAttentionMask(), 0), 0, mask, i * length, length);
    }
    Shape shape = new Shape(texts.size(), length);
    List<Feed> feeds = new ArrayList<>();
    feeds.add(new Feed.Tokens(tower.network().input(), tower.idKind(), ids, shape));
    if (tower.mask() != null) {
      feeds.add(new Feed.Tokens(tower.mask(), tower.idKind(), mask, shape));
    }
    for (Companion companion : tower.network().companions()) {
      feeds.add(Feed.of(companion, texts.size()));
    }
    return feeds;
  }

  private List<float[]> rows(Output output) {
    try {
      return new ArrayList<>(
          List.of(
              Pooling.NONE.vectors(output.values(), output.shape(), tower.network().layout(), 0)));
    } catch (IllegalArgumentException e) {
      throw new InferenceException(
          "%s: the output %s %s: name another in \"text.networks\" of %s"
              .formatted(
                  tower.network().path(),
                  tower.network().output(),
                  e.getMessage(),
                  model.manifestFile()),
          e);
    }
  }

  @Override
  public Optional<LabelScale> labelScale() {
    return Optional.ofNullable(scale);
  }

  @Override
  public void close() {
    network.close();
    tokenizer.close();
  }
}
