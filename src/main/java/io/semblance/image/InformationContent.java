package io.semblance.image;

/**
 * Tells pictures that carry no information (one colour, smooth gradients, or nearly): their vectors
 * are alike, whatever they were meant to show, so that they must never match.
 *
 * <p>The picture is averaged to a grid of {@value #SIDE} by {@value #SIDE} grey cells. A cell has
 * structure if it differs from the mean of its four neighbours by at least {@value #CONTRAST_MIN}
 * grey levels: the discrete Laplacian, which no linear gradient moves and a smooth one hardly does,
 * while averaging hides faint noise.
 */
public final class InformationContent {
  private static final int SIDE = 64;
  private static final int CONTRAST_MIN = 5;

  /** Fewer cells with structure than this, of 62 × 62, are no information. */
  private static final int CELLS_MIN = 12;

  /** Pixels looked at in each cell and direction: enough to average, few enough to be quick. */
  private static final int SAMPLES_MAX = 8;

  private InformationContent() {}

  /** Returns whether {@code image} carries no information. */
  public static boolean isLow(DecodedImage image) {
    return structuredCells(image) < CELLS_MIN;
  }

  static int structuredCells(DecodedImage image) {
    double[][] cells = cells(image);
    int structured = 0;
    for (int y = 1; y < SIDE - 1; y++) {
      for (int x = 1; x < SIDE - 1; x++) {
        double around = (cells[y - 1][x] + cells[y + 1][x] + cells[y][x - 1] + cells[y][x + 1]) / 4;
        if (Math.abs(cells[y][x] - around) >= CONTRAST_MIN) {
          structured++;
        }
      }
    }
    return structured;
  }

  private static double[][] cells(DecodedImage image) {
    double[][] cells = new double[SIDE][SIDE];
    for (int y = 0; y < SIDE; y++) {
      int top = (int) ((long) y * image.height() / SIDE);
      int bottom = Math.max(top + 1, (int) ((y + 1L) * image.height() / SIDE));
      int stepY = Math.max(1, (bottom - top) / SAMPLES_MAX);
      for (int x = 0; x < SIDE; x++) {
        int left = (int) ((long) x * image.width() / SIDE);
        int right = Math.max(left + 1, (int) ((x + 1L) * image.width() / SIDE));
        int stepX = Math.max(1, (right - left) / SAMPLES_MAX);
        cells[y][x] = mean(image, left, right, stepX, top, bottom, stepY);
      }
    }
    return cells;
  }

  /** Mean luma, ITU-R BT.601, in grey levels. */
  private static double mean(
      DecodedImage image, int left, int right, int stepX, int top, int bottom, int stepY) {
    byte[] rgb = image.rgb();
    long sum = 0;
    int count = 0;
    for (int y = top; y < bottom; y += stepY) {
      for (int x = left; x < right; x += stepX) {
        int at = (y * image.width() + x) * 3;
        sum += 299 * (rgb[at] & 0xFF) + 587 * (rgb[at + 1] & 0xFF) + 114 * (rgb[at + 2] & 0xFF);
        count++;
      }
    }
    return sum / (1000.0 * count);
  }
}
