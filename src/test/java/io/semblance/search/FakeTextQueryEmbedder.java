package io.semblance.search;

import io.semblance.embedding.model.LabelScale;
import java.util.ArrayList;
import java.util.List;

/** Embeds texts of the form {@code … 0.6 0.8} as the two numbers they end in. */
final class FakeTextQueryEmbedder implements TextQueryEmbedder {
  final List<String> embedded = new ArrayList<>();
  private final LabelScale.Activation activation;

  FakeTextQueryEmbedder(LabelScale.Activation activation) {
    this.activation = activation;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    embedded.addAll(texts);
    return texts.stream().map(FakeTextQueryEmbedder::vector).toList();
  }

  private static float[] vector(String text) {
    String[] words = text.split(" ");
    return new float[] {
      Float.parseFloat(words[words.length - 2]), Float.parseFloat(words[words.length - 1])
    };
  }

  @Override
  public boolean cuts(String text) {
    return text.startsWith("long ");
  }

  @Override
  public LabelScale labelScale() {
    return new LabelScale(0.5, 0, activation);
  }
}
