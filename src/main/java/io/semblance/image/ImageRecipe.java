package io.semblance.image;

import java.util.List;

/**
 * How a model wants its pictures: geometry, filter, then per channel {@code (value × rescaleFactor
 * − mean) / std} with value 0..255.
 *
 * @param geometry how the picture becomes the model's size
 * @param rescaleFactor multiplies the byte values, usually 1/255
 * @param mean per channel R, G, B, after rescaling
 * @param std per channel R, G, B, after rescaling; not zero
 */
public record ImageRecipe(
    Geometry geometry,
    Resampling resampling,
    double rescaleFactor,
    List<Double> mean,
    List<Double> std,
    ChannelLayout layout) {
  /** The usual rescale factor. */
  public static final double ONE_255TH = 1.0 / 255;

  /** Order of a model input's axes, without the batch. */
  public enum ChannelLayout {
    /** Rows, columns, channels. */
    NHWC,
    /** Channels, rows, columns. */
    NCHW
  }

  /** Where a centre crop of an odd difference starts. */
  public enum CropRounding {
    /** {@code difference / 2} rounded down: Hugging Face processors. */
    FLOOR,
    /** {@code difference / 2} rounded half to even: torchvision, timm, open_clip. */
    HALF_EVEN;

    int offset(int difference) {
      return this == FLOOR ? difference / 2 : (int) Math.rint(difference / 2.0);
    }
  }

  /** How a picture becomes the model's size. */
  public sealed interface Geometry {
    /** Output width in pixels. */
    int width();

    /** Output height in pixels. */
    int height();
  }

  /** Both sides to the given size, in pixels; proportions are not kept. */
  public record Squash(int width, int height) implements Geometry {
    public Squash {
      requirePositive(width, height);
    }
  }

  /**
   * The shorter side to {@code shortestEdge} pixels, the longer one in proportion and rounded down;
   * then the centre.
   *
   * @param width of the crop in pixels, at most {@code shortestEdge}
   * @param height of the crop in pixels, at most {@code shortestEdge}
   */
  public record CenterCrop(int shortestEdge, int width, int height, CropRounding rounding)
      implements Geometry {
    public CenterCrop {
      requirePositive(width, height);
      if (shortestEdge < Math.max(width, height)) {
        throw new IllegalArgumentException(
            "the crop of "
                + width
                + "×"
                + height
                + " pixels is larger than the shortest edge of "
                + shortestEdge
                + " pixels; set the shortest edge to at least the crop's size");
      }
    }
  }

  public ImageRecipe {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3) {
      throw new IllegalArgumentException(
          "mean and std need three values for R, G and B, but are " + mean + " and " + std);
    }
    for (double value : std) {
      if (!(Math.abs(value) > 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException("std must be finite and not zero, but is " + std);
      }
    }
    for (double value : mean) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("mean must be finite, but is " + mean);
      }
    }
    if (!Double.isFinite(rescaleFactor) || rescaleFactor == 0) {
      throw new IllegalArgumentException(
          "rescaleFactor must be finite and not zero, but is " + rescaleFactor);
    }
  }

  private static void requirePositive(int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "the output size must be positive, but is " + width + "×" + height + " pixels");
    }
  }

  /** Returns the floats of one picture: three per output pixel. */
  public int floatCount() {
    return geometry.width() * geometry.height() * 3;
  }
}
