package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.semblance.embedding.model.ModelCheck.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compares the probabilities of labels with what a reference in Python computed. */
final class ReferenceProbabilities {
  private ReferenceProbabilities() {}

  /**
   * Returns the largest deviation of any probability.
   *
   * @param file the golden vectors'
   * @param golden its labels, pictures and probabilities
   * @param images the folder that the pictures' names are relative to
   * @param model of which the pictures' network is loaded
   * @param encoder its text tower
   */
  static Line compare(
      Path file,
      JsonNode golden,
      Path images,
      ModelPackage model,
      TextEncoder encoder,
      ModelOptions options) {
    LabelScale scale = encoder.labelScale().orElse(null);
    if (scale == null) {
      return Line.missing(
          model.network().engine(),
          "probabilities",
          "name \"text.temperature\" and \"text.bias\" in " + ModelManifest.FILE);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode label : golden.path("labels")) {
      texts.add(golden.path("template").asText().replace("{}", label.asText()));
    }
    List<float[]> labels = encoder.embed(texts);
    double largest = 0;
    try (EmbeddingModel network = EmbeddingModels.load(model, options)) {
      for (int i = 0; i < golden.path("images").size(); i++) {
        ReferencePictures.Picture picture =
            ReferencePictures.picture(file, images, golden.path("images").get(i).asText());
        double[] computed =
            scale.probabilities(ModelCheck.embed(network, List.of(picture), "")[0], labels);
        for (int j = 0; j < computed.length; j++) {
          double expected = golden.path("probabilities").path(i).path(j).asDouble(Double.NaN);
          largest = Math.max(largest, Math.abs(expected - computed[j]));
        }
      }
    }
    ModelPackage.Network shown = model.text() == null ? model.network() : model.text().network();
    boolean judged = model.format() == NumericFormat.FLOAT32;
    return new Line(
        shown.engine(),
        shown.path(),
        encoder.device().toString(),
        model.format().toString(),
        "probabilities",
        golden.path("images").size(),
        largest,
        Double.NaN,
        Line.judged(!judged || largest <= ReferenceTexts.PROBABILITY_DEVIATION_MAX),
        judged ? "" : "shown, not judged");
  }
}
