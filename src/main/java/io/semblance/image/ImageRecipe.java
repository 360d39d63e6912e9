package io.semblance.image;

/**
 * How a model's reference makes the network's input of a picture.
 *
 * @param geometry how the picture gets its size
 * @param width of the input, in pixels
 * @param height of the input, in pixels
 * @param resampling the filter
 * @param rescale factor of each 8-bit sample
 * @param mean of red, green, blue, subtracted after rescaling
 * @param deviation of red, green, blue, divided by after the subtraction
 * @param layout the order of the samples
 * @param passOrder which axis is resized first
 */
public record ImageRecipe(
    Geometry geometry,
    int width,
    int height,
    Resampling resampling,
    double rescale,
    float[] mean,
    float[] deviation,
    Layout layout,
    PassOrder passOrder) {

  /** Largest width and height of an input, in pixels. */
  public static final int SIDE_MAX = 1_024;

  /** Largest length to which a picture's shorter side is brought before it is cut, in pixels. */
  public static final int SHORT_SIDE_MAX = 4_096;

  private static final int SAMPLE_MAX = 255;

  /** How a picture gets the size of the input. */
  public sealed interface Geometry {
    /** Width and height are forced, whatever the aspect ratio. */
    record Squash() implements Geometry {}

    /**
     * The shorter side is brought to {@code shortSide} pixels, then the centre is cut out.
     *
     * @param rounding where the centre lies if the margin is odd
     */
    record ShortSideThenCentre(int shortSide, CropRounding rounding) implements Geometry {}
  }

  /** How half a pixel of margin is rounded: the references differ. */
  public enum CropRounding {
    /** As transformers does. */
    FLOOR,
    /** As torchvision does. */
    HALF_TO_EVEN
  }

  /** The order of the input's samples. */
  public enum Layout {
    /** Row, column, channel: TensorFlow's. */
    NHWC,
    /** Channel, row, column: ONNX exports' and PyTorch's. */
    NCHW
  }

  /** Which axis is resized first; bytes are rounded between the two. */
  public enum PassOrder {
    /** As Pillow up to version 12: the rows, but of a picture above 100 times as tall as wide. */
    PILLOW_12,
    /** As Pillow 13: the columns if the height loses more than twice the pixels of the width. */
    PILLOW_13
  }

  /** A recipe whose passes go in the order of {@link PassOrder#PILLOW_12}. */
  public ImageRecipe(
      Geometry geometry,
      int width,
      int height,
      Resampling resampling,
      double rescale,
      float[] mean,
      float[] deviation,
      Layout layout) {
    this(
        geometry, width, height, resampling, rescale, mean, deviation, layout, PassOrder.PILLOW_12);
  }

  public ImageRecipe {
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX) {
      throw new IllegalArgumentException(
          "an input of %d by %d pixels: 1 to %d each".formatted(width, height, SIDE_MAX));
    }
    if (mean.length != 3 || deviation.length != 3) {
      throw new IllegalArgumentException("mean and deviation have three components: R, G, B");
    }
    if (geometry instanceof Geometry.ShortSideThenCentre(int shortSide, CropRounding _)
        && (shortSide < 1 || shortSide > SHORT_SIDE_MAX)) {
      throw new IllegalArgumentException(
          "the shorter side is brought to %d pixels: 1 to %d".formatted(shortSide, SHORT_SIDE_MAX));
    }
    for (int channel = 0; channel < mean.length; channel++) {
      float darkest = (0 - mean[channel]) / deviation[channel];
      float lightest = (float) (SAMPLE_MAX * rescale - mean[channel]) / deviation[channel];
      if (!(rescale > 0 && deviation[channel] > 0)
          || !Float.isFinite(darkest)
          || !Float.isFinite(lightest)) {
        throw new IllegalArgumentException(
            "samples times %s, less %s, divided by %s make no numbers: factor and divisor are above 0, and none is too small or large"
                .formatted(rescale, mean[channel], deviation[channel]));
      }
    }
    mean = mean.clone();
    deviation = deviation.clone();
  }

  /** Returns the number of float32 samples of one input. */
  public int samples() {
    return width * height * 3;
  }

  /** Returns this recipe with another way to the size of the input. */
  public ImageRecipe withGeometry(Geometry other) {
    return new ImageRecipe(
        other, width, height, resampling, rescale, mean, deviation, layout, passOrder);
  }

  /** Returns this recipe with pictures squashed to another size. */
  public ImageRecipe squashedTo(int otherWidth, int otherHeight) {
    return new ImageRecipe(
        new Geometry.Squash(),
        otherWidth,
        otherHeight,
        resampling,
        rescale,
        mean,
        deviation,
        layout,
        passOrder);
  }

  /** Returns this recipe with another order of the samples. */
  public ImageRecipe withLayout(Layout other) {
    return new ImageRecipe(
        geometry, width, height, resampling, rescale, mean, deviation, other, passOrder);
  }

  /** Returns this recipe with another order of the resizing passes. */
  public ImageRecipe withPassOrder(PassOrder other) {
    return new ImageRecipe(
        geometry, width, height, resampling, rescale, mean, deviation, layout, other);
  }
}
