package io.semblance.image;

import io.semblance.image.ImageRecipe.PassOrder;
import java.util.Arrays;

/**
 * Antialiased resizing, bit-exact with Pillow up to version 12 (libImaging/Resample.c, 8-bit path):
 * a horizontal pass, then a vertical one, each in 22-bit fixed point and rounded to bytes; a pass
 * that keeps the size is skipped. A picture more than 100 times as tall as wide goes the other way
 * round, as in {@code PIL.Image.resize}. Pillow 13 swaps the passes more often, which is a choice
 * here; vectors made until then do not.
 *
 * <p>Only the rows and columns that the wanted window needs are computed, so a picture of extreme
 * proportions costs no more than its window. Stateless; callable from many threads.
 */
public final class ImageResizer {
  static final int FRACTION_BITS = 22;

  /** Pillow's {@code Image.resize} goes vertically first above this height to width ratio. */
  private static final int TALL_RATIO = 100;

  /** Rounds to nearest. */
  static final int HALF = 1 << (FRACTION_BITS - 1);

  private ImageResizer() {}

  /** Returns {@code image} resized to {@code width}×{@code height} pixels, as Pillow 12 does. */
  public static DecodedImage resize(
      DecodedImage image, int width, int height, Resampling resampling) {
    return resizeAndCrop(
        image, width, height, 0, 0, width, height, resampling, PassOrder.PILLOW_12);
  }

  /**
   * Returns the window of {@code cropWidth}×{@code cropHeight} pixels at ({@code left}, {@code
   * top}) of {@code image} resized to {@code width}×{@code height}, with the passes in the order of
   * {@code passOrder}.
   *
   * @throws IllegalArgumentException if the window is not inside the resized picture
   */
  public static DecodedImage resizeAndCrop(
      DecodedImage image,
      int width,
      int height,
      int left,
      int top,
      int cropWidth,
      int cropHeight,
      Resampling resampling,
      PassOrder passOrder) {
    if (cropWidth < 1
        || cropHeight < 1
        || left < 0
        || top < 0
        || left > width - cropWidth
        || top > height - cropHeight) {
      throw new IllegalArgumentException(
          "window "
              + cropWidth
              + "×"
              + cropHeight
              + " at ("
              + left
              + ", "
              + top
              + ") is not inside "
              + width
              + "×"
              + height
              + " pixels");
    }
    if (resampling == Resampling.NEAREST) {
      return nearest(image, width, height, left, top, cropWidth, cropHeight);
    }
    Taps columns = Taps.of(image.width(), width, left, cropWidth, resampling);
    Taps rows = Taps.of(image.height(), height, top, cropHeight, resampling);
    byte[] out = new byte[Math.multiplyExact(cropHeight, cropWidth * 3)];
    if (isVerticalFirst(image, width, height, passOrder)) {
      int firstColumn = columns.firstSource();
      int span = columns.endSource() - firstColumn;
      byte[] low = new byte[Math.multiplyExact(cropHeight, span * 3)];
      vertical(image.rgb(), image.width() * 3, 0, firstColumn * 3, rows, low, span * 3);
      horizontal(low, span, 0, cropHeight, columns, firstColumn, out);
    } else {
      int firstRow = rows.firstSource();
      int rowBytes = cropWidth * 3;
      byte[] narrow = new byte[Math.multiplyExact(rows.endSource() - firstRow, rowBytes)];
      horizontal(image.rgb(), image.width(), firstRow, rows.endSource(), columns, 0, narrow);
      vertical(narrow, rowBytes, firstRow, 0, rows, out, rowBytes);
    }
    return new DecodedImage(out, cropWidth, cropHeight);
  }

  private static boolean isVerticalFirst(
      DecodedImage image, int width, int height, PassOrder passOrder) {
    int shrinking = image.height() - height;
    return shrinking > 0
        && switch (passOrder) {
          case PILLOW_12 -> image.height() > (long) image.width() * TALL_RATIO;
          case PILLOW_13 -> shrinking > (image.width() - width) * 2L;
        };
  }

  /** Filters rows {@code firstRow} to {@code endRow}; {@code in} starts at {@code firstColumn}. */
  private static void horizontal(
      byte[] in, int width, int firstRow, int endRow, Taps columns, int firstColumn, byte[] out) {
    RowFilter filter = RowFilter.of(columns);
    int to = 0;
    for (int y = firstRow; y < endRow; y++) {
      filter.filter(in, (y * width - firstColumn) * 3, out, to);
      to += columns.starts.length * 3;
    }
  }

  /**
   * Filters {@code rowBytes} of each row from byte {@code firstByte} on; {@code in} starts at row
   * {@code firstRow} and has rows of {@code inRowBytes}.
   */
  private static void vertical(
      byte[] in, int inRowBytes, int firstRow, int firstByte, Taps rows, byte[] out, int rowBytes) {
    int[] sums = new int[rowBytes];
    for (int y = 0; y < rows.starts.length; y++) {
      Arrays.fill(sums, HALF);
      int from = (rows.starts[y] - firstRow) * inRowBytes + firstByte;
      for (int t = 0; t < rows.counts[y]; t++) {
        accumulate(sums, in, from, rows.weights[y * rows.stride + t]);
        from += inRowBytes;
      }
      int to = y * rowBytes;
      for (int i = 0; i < rowBytes; i++) {
        out[to + i] = clip(sums[i]);
      }
    }
  }

  /** A loop of its own, so that the compiler vectorises it. */
  private static void accumulate(int[] sums, byte[] in, int from, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * (in[from + i] & 0xFF);
    }
  }

  /** Returns the byte of a fixed-point sum. */
  static byte clip(int sum) {
    return (byte) Math.clamp(sum >> FRACTION_BITS, 0, 255);
  }

  /** Pillow adds the source position up in double, and exact ties fall as that sum's errors do. */
  private static DecodedImage nearest(
      DecodedImage image, int width, int height, int left, int top, int cropWidth, int cropHeight) {
    int[] columns = nearestSources(image.width(), width, left, cropWidth);
    int[] rows = nearestSources(image.height(), height, top, cropHeight);
    byte[] out = new byte[Math.multiplyExact(cropHeight, cropWidth * 3)];
    int to = 0;
    for (int row : rows) {
      for (int column : columns) {
        System.arraycopy(image.rgb(), (row * image.width() + column) * 3, out, to, 3);
        to += 3;
      }
    }
    return new DecodedImage(out, cropWidth, cropHeight);
  }

  private static int[] nearestSources(int in, int out, int first, int count) {
    int[] sources = new int[count];
    double scale = (double) in / out;
    double position = scale * 0.5;
    for (int i = 0; i < first + count; i++) {
      if (i >= first) {
        sources[i - first] = Math.min((int) position, in - 1);
      }
      position += scale;
    }
    return sources;
  }
}
