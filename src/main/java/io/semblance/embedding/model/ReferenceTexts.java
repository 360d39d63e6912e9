package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.embedding.model.ModelPackage.TextTower;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Compares token ids and the vectors of texts with what a reference in Python made. One use. */
final class ReferenceTexts {
  static final double PROBABILITY_DEVIATION_MAX = 1e-3;
  private static final int BATCH_SIZE = 16;
  private static final String IDS_OF_FILE = "tokenizer_json_ids";

  private final JsonNode golden;
  private final TextTower tower;
  private final TextEncoder encoder;
  private final List<ModelCheck.Line> lines;

  ReferenceTexts(
      JsonNode golden, TextTower tower, TextEncoder encoder, List<ModelCheck.Line> lines) {
    this.golden = golden;
    this.tower = tower;
    this.encoder = encoder;
    this.lines = lines;
  }

  void compare() {
    List<JsonNode> same = new ArrayList<>();
    TreeSet<String> different = new TreeSet<>();
    for (JsonNode entry : golden.path("text")) {
      String text = entry.path("text").asText();
      // Where the reference's older tokenizer and tokenizer.json differ, the file counts.
      boolean other = entry.has(IDS_OF_FILE);
      if (!isSame(encoder.tokens(text), entry.path(other ? IDS_OF_FILE : "input_ids"))) {
        different.add(text);
      } else if (!other) {
        same.add(entry);
      }
    }
    lines.add(
        new ModelCheck.Line(
            tower.network().engine(),
            tower.network().path(),
            encoder.device().toString(),
            "",
            "token ids",
            golden.path("text").size(),
            different.size(),
            Double.NaN,
            ModelCheck.Line.judged(different.isEmpty()),
            different.isEmpty() ? "" : different.toString()));
    VectorAgreement agreement = new VectorAgreement();
    for (int from = 0; from < same.size(); from += BATCH_SIZE) {
      List<JsonNode> some = same.subList(from, Math.min(same.size(), from + BATCH_SIZE));
      List<float[]> computed =
          encoder.embed(some.stream().map(one -> one.path("text").asText()).toList());
      for (int i = 0; i < some.size(); i++) {
        agreement.addScaled(vector(some.get(i).path("vector")), computed.get(i));
      }
    }
    lines.add(
        ModelCheck.Line.of(
            tower.network(), encoder.device(), tower.format(), "text_embeds", agreement));
  }

  private static boolean isSame(long[] computed, JsonNode expected) {
    boolean same = computed.length == expected.size();
    for (int i = 0; same && i < computed.length; i++) {
      same = computed[i] == expected.get(i).asLong();
    }
    return same;
  }

  /** Returns the numbers of {@code values}. */
  static float[] vector(JsonNode values) {
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) values.get(i).asDouble();
    }
    return vector;
  }
}
