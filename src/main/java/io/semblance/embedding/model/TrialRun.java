package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.node.MissingNode;
import io.semblance.embedding.model.ModelCheck.Line;
import io.semblance.embedding.model.ModelCheck.Outcome;
import io.semblance.image.DecodedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads a package and runs it once, as a service would. Without a reference that tells that it
 * runs, not that its vectors are right.
 */
final class TrialRun {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 240;
  private static final String TEXT = "a photo";

  private TrialRun() {}

  /**
   * Returns a line for one picture, and one for a text if the package has a text tower.
   *
   * @throws InvalidModelException if a service would refuse the package, too
   */
  static List<Line> of(ModelPackage model, ModelOptions options) {
    List<Line> lines = new ArrayList<>();
    try (EmbeddingModel network = EmbeddingModels.load(model, options)) {
      float[] vector = ModelCheck.embed(network, List.of(picture()), "")[0];
      lines.add(line(model.network(), network.device(), model.format(), "a picture", vector));
    }
    if (model.text() != null) {
      try (TextEncoder encoder = EmbeddingModels.loadText(model, options)) {
        float[] vector = encoder.embed(List.of(TEXT)).getFirst();
        ModelPackage.TextTower tower = model.text();
        lines.add(line(tower.network(), encoder.device(), tower.format(), "a text", vector));
      }
    }
    return lines;
  }

  /** A pattern of all colours. */
  private static ReferencePictures.Picture picture() {
    byte[] rgb = new byte[WIDTH * HEIGHT * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / WIDTH ^ i);
    }
    return new ReferencePictures.Picture(
        "", new DecodedImage(rgb, WIDTH, HEIGHT), MissingNode.getInstance());
  }

  private static Line line(
      ModelPackage.Network network,
      InferenceDevice device,
      NumericFormat format,
      String subject,
      float[] vector) {
    boolean sound = Math.abs(UnitNorm.norm(vector) - 1) <= UnitNorm.DEVIATION_MAX;
    return new Line(
        network.engine(),
        network.path(),
        device.toString(),
        format.toString(),
        subject,
        0,
        Double.NaN,
        Double.NaN,
        sound ? Outcome.NOT_CHECKED : Outcome.FAILS,
        sound
            ? "it runs and gives a vector of %d components; nothing was compared, for there is no %s"
                .formatted(vector.length, ModelCheck.GOLDEN)
            : "its vector has no length, or not of numbers: the network is damaged, or another output must be named");
  }
}
