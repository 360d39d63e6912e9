package io.semblance.image;

import io.semblance.image.ImageRecipe.CenterCrop;
import io.semblance.image.ImageRecipe.ChannelLayout;
import io.semblance.image.ImageRecipe.Squash;
import java.nio.FloatBuffer;

/**
 * Turns pictures into a model's input exactly as its reference pipeline does. Immutable; callable
 * from many threads, each with its own part of an output buffer.
 */
public final class ImagePreprocessor {
  private static final int LEVELS = 256;

  private final ImageRecipe recipe;

  /** Normalised value of channel c and level v at c × 256 + v. */
  private final float[] table = new float[3 * LEVELS];

  public ImagePreprocessor(ImageRecipe recipe) {
    this.recipe = recipe;
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < LEVELS; v++) {
        table[c * LEVELS + v] =
            (float) ((v * recipe.rescaleFactor() - recipe.mean().get(c)) / recipe.std().get(c));
      }
    }
  }

  /** Returns the recipe this follows. */
  public ImageRecipe recipe() {
    return recipe;
  }

  /**
   * Writes {@link ImageRecipe#floatCount()} floats to {@code out} from absolute index {@code
   * offset} on. The buffer's position and limit are left as they are.
   */
  public void preprocess(DecodedImage image, FloatBuffer out, int offset) {
    byte[] rgb = crop(image).rgb();
    float[] values = new float[rgb.length];
    int pixels = rgb.length / 3;
    boolean planar = recipe.layout() == ChannelLayout.NCHW;
    int pixelStep = planar ? 1 : 3;
    int channelStep = planar ? pixels : 1;
    for (int c = 0; c < 3; c++) {
      int to = c * channelStep;
      for (int from = c; from < rgb.length; from += 3) {
        values[to] = table[c * LEVELS + (rgb[from] & 0xFF)];
        to += pixelStep;
      }
    }
    out.put(offset, values);
  }

  /** Returns the model's view of the picture as bytes: resized and cropped, not normalised. */
  public DecodedImage crop(DecodedImage image) {
    return switch (recipe.geometry()) {
      case Squash squash ->
          ImageResizer.resize(image, squash.width(), squash.height(), recipe.resampling());
      case CenterCrop crop -> centerCrop(image, crop);
    };
  }

  private DecodedImage centerCrop(DecodedImage image, CenterCrop crop) {
    long edge = crop.shortestEdge();
    boolean portrait = image.width() <= image.height();
    int shorter = portrait ? image.width() : image.height();
    int longer = portrait ? image.height() : image.width();
    int scaled = Math.toIntExact(edge * longer / shorter);
    int width = portrait ? (int) edge : scaled;
    int height = portrait ? scaled : (int) edge;
    return ImageResizer.resizeAndCrop(
        image,
        width,
        height,
        crop.rounding().offset(width - crop.width()),
        crop.rounding().offset(height - crop.height()),
        crop.width(),
        crop.height(),
        recipe.resampling());
  }
}
