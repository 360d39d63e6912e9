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
          ImageResizer.resizeAndCrop(
              image,
              recipe.width(),
              recipe.height(),
              0,
              0,
              recipe.width(),
              recipe.height(),
              recipe.resampling(),
              recipe.passOrder());
      case Geometry.ShortSideThenCentre centre -> centre(image, centre);
    };
  }

  /** Only the window is made: of a picture of extreme proportions the whole would be too large. */
  private DecodedImage centre(DecodedImage image, Geometry.ShortSideThenCentre geometry) {
    int shortSide = geometry.shortSide();
    boolean landscape = image.width() >= image.height();
    int longSide =
        Math.toIntExact(
            (long) shortSide
                * Math.max(image.width(), image.height())
                / Math.min(image.width(), image.height()));
    int width = landscape ? longSide : shortSide;
    int height = landscape ? shortSide : longSide;
    int left = margin(width - recipe.width(), geometry.rounding());
    int top = margin(height - recipe.height(), geometry.rounding());
    int from = Math.max(0, left);
    int first = Math.max(0, top);
    DecodedImage window =
        ImageResizer.resizeAndCrop(
            image,
            width,
            height,
            from,
            first,
            Math.min(width, left + recipe.width()) - from,
            Math.min(height, top + recipe.height()) - first,
            recipe.resampling(),
            recipe.passOrder());
    return place(window, from - left, first - top);
  }

  private static int margin(int difference, ImageRecipe.CropRounding rounding) {
    return switch (rounding) {
      case FLOOR -> Math.floorDiv(difference, 2);
      case HALF_TO_EVEN -> (int) Math.rint(difference / 2.0);
    };
  }

  /** Puts {@code window} into a picture of the input's size, which is black around it. */
  private DecodedImage place(DecodedImage window, int left, int top) {
    if (window.width() == recipe.width() && window.height() == recipe.height()) {
      return window;
    }
    byte[] out = new byte[recipe.samples()];
    int rowBytes = window.width() * 3;
    for (int y = 0; y < window.height(); y++) {
      int to = ((top + y) * recipe.width() + left) * 3;
      System.arraycopy(window.rgb(), y * rowBytes, out, to, rowBytes);
    }
    return new DecodedImage(out, recipe.width(), recipe.height());
  }
}
