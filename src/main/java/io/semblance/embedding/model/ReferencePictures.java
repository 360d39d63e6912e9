package io.semblance.embedding.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.semblance.image.DecodedImage;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageRecipe;
import io.semblance.image.ImageRecipe.PassOrder;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.Transparency;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Pictures and what a reference in Python made of them: hashes of the decoded and of the resized
 * pixels, some of the network's inputs, and vectors by name. The reference drops alpha, and turns a
 * picture upright only where it says so.
 *
 * @param pictures in the file's order
 * @param embeddings the names of the vectors
 */
record ReferencePictures(List<Picture> pictures, List<String> embeddings) {
  private static final float VALUE_DEVIATION_MAX = 5e-6f;

  /** Vectors of pictures on which Pillow 13 differs, made of Pillow 12's pixels. */
  private static final String OLDER = "pillow_12_and_older";

  private static final JsonNode NONE = MissingNode.getInstance();

  /** A vector that stands by itself, of unit norm. */
  static final String SINGLE = "embedding_l2";

  /**
   * A picture.
   *
   * @param file its name
   * @param decoded its pixels
   * @param golden what the reference made of it
   */
  record Picture(String file, DecodedImage decoded, JsonNode golden) {
    /** Returns whether the reference's vector {@code name} is known. */
    boolean has(String name) {
      return vector(golden, name).isArray();
    }

    /**
     * Returns the reference's vector, of Pillow 12's pixels where {@code order} is that and it has
     * such a one.
     */
    float[] vector(String name, PassOrder order) {
      JsonNode older = older(order) ? vector(golden.path(OLDER), name) : NONE;
      JsonNode values = older.isArray() ? older : vector(golden, name);
      float[] vector = new float[values.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) values.get(i).asDouble();
      }
      return vector;
    }

    private static JsonNode vector(JsonNode entry, String name) {
      JsonNode named = entry.path("embeddings").path(name);
      return named.isArray()
          ? named
          : named.isObject() ? named.path("vector") : entry.path(name.equals(SINGLE) ? name : "");
    }

    /** Returns whether the reference says something of its own for {@code order}. */
    private boolean older(PassOrder order) {
      return golden.has(OLDER) && order == PassOrder.PILLOW_12;
    }

    /** Returns the order of passes of which {@link #vector} was made. */
    PassOrder passOrder(String name, PassOrder usual) {
      return golden.has(OLDER) && !vector(golden.path(OLDER), name).isArray()
          ? PassOrder.PILLOW_13
          : usual;
    }

    /** Returns whether pixels and inputs by {@code recipe} are the reference's. */
    boolean hasSamePixels(ImageRecipe recipe) {
      if (golden.has("rgb_sha256")
          && !sha256(decoded.rgb()).equals(golden.path("rgb_sha256").asText())) {
        return false;
      }
      boolean older = older(recipe.passOrder());
      JsonNode entry = older ? golden.path(OLDER) : golden;
      ImagePreprocessor preprocessor = new ImagePreprocessor(recipe);
      return sha256(preprocessor.sized(decoded).rgb()).equals(entry.path("crop_sha256").asText())
          && (older || hasSameInputs(preprocessor));
    }

    private boolean hasSameInputs(ImagePreprocessor preprocessor) {
      FloatBuffer inputs = FloatBuffer.allocate(preprocessor.recipe().samples());
      preprocessor.preprocess(decoded, inputs, 0);
      JsonNode first = golden.path("pixel_values_first8");
      JsonNode last = golden.path("pixel_values_last8");
      boolean same = true;
      for (int i = 0; i < first.size(); i++) {
        same &= Math.abs(first.get(i).asDouble() - inputs.get(i)) <= VALUE_DEVIATION_MAX;
      }
      for (int i = 0; i < last.size(); i++) {
        float value = inputs.get(inputs.capacity() - last.size() + i);
        same &= Math.abs(last.get(i).asDouble() - value) <= VALUE_DEVIATION_MAX;
      }
      return same;
    }
  }

  /**
   * Reads and decodes the pictures.
   *
   * @param file the golden vectors'
   * @param golden its content
   * @param images the folder that the pictures' names are relative to
   */
  static ReferencePictures read(Path file, JsonNode golden, Path images) {
    List<Picture> pictures = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode entry : golden.path("images")) {
      boolean turned = entry.path("variant").asText().equals("exif_transpose");
      pictures.add(picture(file, images, entry.path("file").asText(), entry, turned));
      entry.path("embeddings").fieldNames().forEachRemaining(names::add);
      if (entry.path(SINGLE).isArray()) {
        names.add(SINGLE);
      }
    }
    if (pictures.isEmpty() || names.isEmpty()) {
      throw new InvalidModelException(
          "%s: \"images\" names no picture with \"embeddings\": list at least one".formatted(file));
    }
    return new ReferencePictures(List.copyOf(pictures), List.copyOf(names));
  }

  /** Reads one picture of which nothing else is known. */
  static Picture picture(Path file, Path images, String name) {
    return picture(file, images, name, MissingNode.getInstance(), false);
  }

  private static Picture picture(
      Path file, Path images, String name, JsonNode entry, boolean turned) {
    Path path = images.resolve(name);
    try {
      DecodedImage decoded =
          new ImageDecoder(ImageLimits.DEFAULT, turned, Transparency.DROPPED)
              .decode(Files.readAllBytes(path));
      return new Picture(name, decoded, entry);
    } catch (IOException e) {
      throw new InvalidModelException(
          "%s names the picture %s, which is not in %s: say with --images where the pictures are"
              .formatted(file, name, images),
          e);
    } catch (ImageRejectedException e) {
      throw new InvalidModelException(
          "the golden picture %s is unusable: %s".formatted(path, e.getMessage()), e);
    }
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
