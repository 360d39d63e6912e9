package io.semblance.image;

import java.util.Arrays;

/**
 * Resizes as Pillow up to 12 does, bit for bit: antialiased, in 22-bit fixed point, the horizontal
 * pass first, rounded to 8 bits before the vertical pass. Embeddings are comparable with those of a
 * model's reference only if this is so. Stateless; safe for use by several threads.
 */
public final class ImageResizer {
  private static final int PRECISION_BITS = 22;
  private static final int HALF = 1 << (PRECISION_BITS - 1);

  private ImageResizer() {}

  /** Returns {@code image} resized to {@code width} by {@code height} pixels. */
  public static DecodedImage resize(
      DecodedImage image, int width, int height, Resampling resampling) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    if (resampling == Resampling.NEAREST) {
      return nearest(image, width, height);
    }
    byte[] rgb = image.rgb();
    if (image.width() != width) {
      rgb =
          horizontal(rgb, image.width(), image.height(), Taps.of(image.width(), width, resampling));
    }
    if (image.height() != height) {
      rgb = vertical(rgb, width, Taps.of(image.height(), height, resampling));
    }
    return new DecodedImage(rgb, width, height);
  }

  /**
   * Which source pixels make each target pixel of one axis.
   *
   * @param first first source pixel of each target pixel
   * @param weights weights of each target pixel's source pixels, in fixed point
   */
  private record Taps(int[] first, int[][] weights) {
    static Taps of(int from, int to, Resampling resampling) {
      double scale = (double) from / to;
      double filterScale = Math.max(scale, 1);
      double support = resampling.support() * filterScale;
      int[] first = new int[to];
      int[][] weights = new int[to][];
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        int start = Math.max(0, (int) (center - support + 0.5));
        int end = Math.min(from, (int) (center + support + 0.5));
        double[] exact = new double[end - start];
        double sum = 0;
        for (int x = start; x < end; x++) {
          exact[x - start] = resampling.weight((x - center + 0.5) * (1 / filterScale));
          sum += exact[x - start];
        }
        first[i] = start;
        weights[i] = new int[exact.length];
        for (int k = 0; k < exact.length; k++) {
          double weight = sum == 0 ? exact[k] : exact[k] * (1 / sum);
          weights[i][k] = (int) ((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS));
        }
      }
      return new Taps(first, weights);
    }
  }

  private static byte[] horizontal(byte[] rgb, int from, int rows, Taps taps) {
    int to = taps.first.length;
    byte[] out = new byte[to * rows * 3];
    for (int y = 0; y < rows; y++) {
      int row = y * from * 3;
      for (int x = 0; x < to; x++) {
        int[] weights = taps.weights[x];
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int at = row + taps.first[x] * 3;
        for (int weight : weights) {
          red += (rgb[at] & 0xFF) * weight;
          green += (rgb[at + 1] & 0xFF) * weight;
          blue += (rgb[at + 2] & 0xFF) * weight;
          at += 3;
        }
        int target = (y * to + x) * 3;
        out[target] = clipped(red);
        out[target + 1] = clipped(green);
        out[target + 2] = clipped(blue);
      }
    }
    return out;
  }

  private static byte[] vertical(byte[] rgb, int width, Taps taps) {
    int rowBytes = width * 3;
    byte[] out = new byte[taps.first.length * rowBytes];
    int[] sums = new int[rowBytes];
    for (int y = 0; y < taps.first.length; y++) {
      Arrays.fill(sums, HALF);
      int at = taps.first[y] * rowBytes;
      for (int weight : taps.weights[y]) {
        for (int i = 0; i < rowBytes; i++) {
          sums[i] += (rgb[at + i] & 0xFF) * weight;
        }
        at += rowBytes;
      }
      int target = y * rowBytes;
      for (int i = 0; i < rowBytes; i++) {
        out[target + i] = clipped(sums[i]);
      }
    }
    return out;
  }

  private static byte clipped(int fixedPoint) {
    return (byte) Math.clamp(fixedPoint >> PRECISION_BITS, 0, 255);
  }

  /** Pillow's nearest neighbour: the source position is accumulated in double, ties included. */
  private static DecodedImage nearest(DecodedImage image, int width, int height) {
    int[] columns = nearestSources(image.width(), width);
    int[] rows = nearestSources(image.height(), height);
    byte[] out = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        System.arraycopy(
            image.rgb(), (rows[y] * image.width() + columns[x]) * 3, out, (y * width + x) * 3, 3);
      }
    }
    return new DecodedImage(out, width, height);
  }

  private static int[] nearestSources(int from, int to) {
    int[] sources = new int[to];
    double step = (double) from / to;
    double position = step * 0.5;
    for (int i = 0; i < to; i++) {
      sources[i] = Math.min((int) position, from - 1);
      position += step;
    }
    return sources;
  }
}
