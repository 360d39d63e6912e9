package io.semblance.image;

import io.semblance.image.ImageRecipe.Geometry;
import java.nio.FloatBuffer;

/** Follows an {@link ImageRecipe}. Immutable; safe for use by several threads. */
public final class ImagePreprocessor {
  private static final int LEVELS = 256;

  private final ImageRecipe recipe;
  private final float[][] normalised = new float[3][LEVELS];

  public ImagePreprocessor(ImageRecipe recipe) {
    this.recipe = recipe;
    for (int channel = 0; channel < 3; channel++) {
      for (int level = 0; level < LEVELS; level++) {
        float scaled = (float) (level * recipe.rescale());
        normalised[channel][level] =
            (scaled - recipe.mean()[channel]) / recipe.deviation()[channel];
      }
    }
  }

  /** Returns what is followed. */
  public ImageRecipe recipe() {
    return recipe;
  }

  /**
   * Writes the network's input for {@code image}.
   *
   * @param out receives {@link ImageRecipe#samples()} values
   * @param offset where they begin, in values
   */
  public void preprocess(DecodedImage image, FloatBuffer out, int offset) {
    byte[] rgb = sized(image).rgb();
    boolean interleaved = recipe.layout() == ImageRecipe.Layout.NHWC;
    int pixels = recipe.width() * recipe.height();
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int channel = 0; channel < 3; channel++) {
        int at = interleaved ? pixel * 3 + channel : channel * pixels + pixel;
        out.put(offset + at, normalised[channel][rgb[pixel * 3 + channel] & 0xFF]);
      }
    }
  }

  /** Returns the picture in the size of the input, before it is normalised. */
  public DecodedImage sized(DecodedImage image) {
    return switch (recipe.geometry()) {
      case Geometry.Squash squash ->
          ImageResizer.resize(image, recipe.width(), recipe.height(), recipe.resampling());
      case Geometry.ShortSideThenCentre centre -> centre(image, centre);
    };
  }

  private DecodedImage centre(DecodedImage image, Geometry.ShortSideThenCentre geometry) {
    int shortSide = geometry.shortSide();
    boolean landscape = image.width() >= image.height();
    int longSide =
        (int)
            ((long) shortSide
                * Math.max(image.width(), image.height())
                / Math.min(image.width(), image.height()));
    DecodedImage resized =
        ImageResizer.resize(
            image,
            landscape ? longSide : shortSide,
            landscape ? shortSide : longSide,
            recipe.resampling());
    int left = margin(resized.width() - recipe.width(), geometry.rounding());
    int top = margin(resized.height() - recipe.height(), geometry.rounding());
    return cut(resized, left, top);
  }

  private static int margin(int difference, ImageRecipe.CropRounding rounding) {
    return switch (rounding) {
      case FLOOR -> Math.floorDiv(difference, 2);
      case HALF_TO_EVEN -> (int) Math.rint(difference / 2.0);
    };
  }

  /** Cuts the input's size out of {@code image}; what lies outside it is black. */
  private DecodedImage cut(DecodedImage image, int left, int top) {
    byte[] out = new byte[recipe.samples()];
    int from = Math.max(0, left);
    int to = Math.min(image.width(), left + recipe.width());
    for (int y = 0; y < recipe.height(); y++) {
      int row = top + y;
      if (row >= 0 && row < image.height()) {
        System.arraycopy(
            image.rgb(),
            (row * image.width() + from) * 3,
            out,
            (y * recipe.width() + from - left) * 3,
            (to - from) * 3);
      }
    }
    return new DecodedImage(out, recipe.width(), recipe.height());
  }
}
