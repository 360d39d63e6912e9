package io.semblance.embedding.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRejectedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checks that a loaded network reproduces the vectors of its reference. Not a formality: an engine
 * may run a graph with other constants than it says, and without any error.
 */
final class GoldenVectors {
  /** Largest deviation of a component that is still the reference's vector. */
  static final float DEVIATION_MAX = 1e-4f;

  private GoldenVectors() {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record File(List<Entry> images) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Entry(String file, float[] embedding) {}

  /**
   * Returns the largest deviation of any component of any golden vector.
   *
   * @throws InvalidModelException if pictures or vectors are missing or damaged
   */
  static float deviation(ModelPackage model, ModelPackage.Golden golden, EmbeddingModel network) {
    Path vectors = model.directory().resolve(golden.vectors());
    List<Entry> entries = ModelPackage.readJson(vectors, File.class).images();
    if (entries == null || entries.isEmpty()) {
      throw new InvalidModelException("%s names no pictures".formatted(vectors));
    }
    ImageRecipe recipe = network.recipe();
    ImagePreprocessor preprocessor = new ImagePreprocessor(recipe);
    ByteBuffer inputs =
        ByteBuffer.allocateDirect(entries.size() * recipe.samples() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    for (int i = 0; i < entries.size(); i++) {
      preprocessor.preprocess(
          picture(model.directory().resolve(golden.images()), entries.get(i).file()),
          inputs.asFloatBuffer(),
          i * recipe.samples());
    }
    float[][] computed = network.embed(inputs, entries.size());
    float deviation = 0;
    for (int i = 0; i < entries.size(); i++) {
      float[] expected = entries.get(i).embedding();
      if (expected.length != computed[i].length) {
        throw new InvalidModelException(
            "%s: the vector of %s has %d components, the network gives %d"
                .formatted(vectors, entries.get(i).file(), expected.length, computed[i].length));
      }
      for (int j = 0; j < expected.length; j++) {
        float difference = Math.abs(expected[j] - computed[i][j]);
        deviation = difference <= deviation ? deviation : difference; // NaN is kept
      }
    }
    return deviation;
  }

  private static DecodedImage picture(Path folder, String file) {
    String stem = file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file;
    Path picture = folder.resolve(stem + ".png");
    try {
      return new ImageDecoder(ImageLimits.DEFAULT, false).decode(Files.readAllBytes(picture));
    } catch (IOException | ImageRejectedException e) {
      throw new InvalidModelException(
          "cannot read the golden picture %s: %s".formatted(picture, e.getMessage()), e);
    }
  }
}
