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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Vectors that a network must reproduce. Not a formality: an engine may run a graph with other
 * constants than it says, and without any error.
 *
 * @param file where the vectors are
 * @param pictures in the size of the network's input
 * @param vectors of the pictures, from the reference implementation; unit norm
 */
record GoldenVectors(Path file, List<DecodedImage> pictures, List<float[]> vectors) {
  /** Largest deviation of a component that is still the reference's vector. */
  static final float DEVIATION_MAX = 1e-4f;

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record File(@Nullable List<Entry> images) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Entry(@Nullable String file, float @Nullable [] embedding) {}

  /**
   * Reads the golden vectors of {@code model} and their pictures.
   *
   * @return null if its manifest names none
   * @throws InvalidModelException if pictures or vectors are missing or damaged
   */
  static @Nullable GoldenVectors read(ModelPackage model) {
    ModelManifest.Golden golden = model.manifest().golden();
    if (golden == null || golden.vectors() == null || golden.images() == null) {
      return null;
    }
    Path file = model.inside("golden.vectors", golden.vectors());
    Path images = model.inside("golden.images", golden.images());
    List<Entry> entries = PackageJson.read(file, File.class).images();
    if (entries == null || entries.isEmpty()) {
      throw new InvalidModelException(
          "%s: \"images\" names no picture: list at least one with its vector".formatted(file));
    }
    List<DecodedImage> pictures = new ArrayList<>();
    List<float[]> vectors = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.file() == null || entry.embedding() == null) {
        throw new InvalidModelException(
            "%s: each of \"images\" needs \"file\" and \"embedding\"".formatted(file));
      }
      int dimension = model.description().dimension();
      if (dimension > 0 && entry.embedding().length != dimension) {
        throw new InvalidModelException(
            "%s: the vector of %s has %d components, but \"dimension\" in %s is %d"
                .formatted(
                    file, entry.file(), entry.embedding().length, model.manifestFile(), dimension));
      }
      pictures.add(picture(images, entry.file()));
      vectors.add(unitNorm(model, file, entry.file(), entry.embedding()));
    }
    return new GoldenVectors(file, pictures, vectors);
  }

  private static float[] unitNorm(ModelPackage model, Path file, String name, float[] vector) {
    if (!model.manifest().unitNorm()) {
      UnitNorm.normalise(vector);
    } else if (!(Math.abs(UnitNorm.norm(vector) - 1) <= UnitNorm.DEVIATION_MAX)) {
      throw new InvalidModelException(
          "%s: the vector of %s has the norm %s, but %s says \"unitNorm\": true; set it to false"
              .formatted(file, name, UnitNorm.norm(vector), model.manifestFile()));
    }
    return vector;
  }

  private static DecodedImage picture(Path folder, String file) {
    String stem = file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file;
    Path picture = folder.resolve(stem + ".png");
    try {
      return new ImageDecoder(ImageLimits.DEFAULT, false).decode(Files.readAllBytes(picture));
    } catch (IOException e) {
      throw new InvalidModelException(
          "cannot read the golden picture %s: restore it from the model package".formatted(picture),
          e);
    } catch (ImageRejectedException e) {
      throw new InvalidModelException(
          "the golden picture %s is unusable: %s".formatted(picture, e.getMessage()), e);
    }
  }

  /** Returns how far the vectors that {@code network} gives are from these. */
  VectorAgreement agreement(EmbeddingModel network) {
    float[][] computed = computed(network);
    VectorAgreement agreement = new VectorAgreement();
    for (int i = 0; i < computed.length; i++) {
      float[] expected = vectors.get(i);
      if (expected.length != computed[i].length) {
        throw new InferenceException(
            "%s: a vector has %d components, but the network's have %d"
                .formatted(file, expected.length, computed[i].length));
      }
      agreement.add(expected, computed[i]);
    }
    return agreement;
  }

  /** Returns the vectors that {@code network} gives of the pictures. */
  float[][] computed(EmbeddingModel network) {
    ImageRecipe recipe = network.recipe();
    ImagePreprocessor preprocessor = new ImagePreprocessor(recipe);
    ByteBuffer inputs =
        ByteBuffer.allocateDirect(pictures.size() * recipe.samples() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    for (int i = 0; i < pictures.size(); i++) {
      preprocessor.preprocess(pictures.get(i), inputs.asFloatBuffer(), i * recipe.samples());
    }
    return network.embed(inputs, pictures.size());
  }
}
