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
        line("token ids", golden.path("text").size(), different.size(), 0, different.toString()));
    double largest = 0;
    int compared = 0;
    for (int from = 0; from < same.size(); from += BATCH_SIZE) {
      List<JsonNode> some = same.subList(from, Math.min(same.size(), from + BATCH_SIZE));
      List<float[]> computed =
          encoder.embed(some.stream().map(one -> one.path("text").asText()).toList());
      for (int i = 0; i < some.size(); i++) {
        largest = Math.max(largest, deviation(some.get(i).path("vector"), computed.get(i)));
        compared++;
      }
    }
    lines.add(line("text_embeds", compared, largest, GoldenVectors.DEVIATION_MAX, ""));
  }

  private ModelCheck.Line line(
      String subject, int compared, double deviation, double most, String remark) {
    boolean holds = deviation <= most;
    return new ModelCheck.Line(
        tower.network().engine(),
        tower.network().path(),
        encoder.device().toString(),
        subject,
        compared,
        deviation,
        holds,
        holds ? "" : remark);
  }

  private static boolean isSame(long[] computed, JsonNode expected) {
    boolean same = computed.length == expected.size();
    for (int i = 0; same && i < computed.length; i++) {
      same = computed[i] == expected.get(i).asLong();
    }
    return same;
  }

  private static double deviation(JsonNode expected, float[] computed) {
    if (expected.size() != computed.length) {
      return Double.POSITIVE_INFINITY;
    }
    float[] vector = new float[computed.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) expected.get(i).asDouble();
    }
    UnitNorm.normalise(vector);
    double largest = 0;
    for (int i = 0; i < vector.length; i++) {
      largest = Math.max(largest, Math.abs(vector[i] - computed[i]));
    }
    return largest;
  }
}
