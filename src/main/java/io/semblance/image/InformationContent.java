package io.semblance.image;

/**
 * Tells pictures without information: one colour, nearly one colour, or a smooth gradient. Hashes
 * and embeddings of such pictures collide, so they must never match anything.
 *
 * <p>The picture is reduced to at most {@value #MAX_CELLS}×{@value #MAX_CELLS} cell means, from a
 * few samples each. A gradient is locally straight: the mean of two opposite neighbours equals the
 * cell between them. A cell that is further off than {@value #BEND_LEVELS} levels, in any channel
 * and either direction, is a bend; a picture with hardly any bends says nothing. Noise of ±2 levels
 * bends by at most 4, and the tip of a radial gradient is allowed for.
 */
public final class InformationContent {
  /** Cells per axis. */
  static final int MAX_CELLS = 128;

  /** Samples per axis and cell. */
  static final int MAX_SAMPLES = 4;

  /** Levels of 255 by which a cell must leave its neighbours' line to count. */
  static final double BEND_LEVELS = 4.5;

  /** A picture has information if more than this many cells bend. */
  static final int MIN_BENDS = 24;

  private InformationContent() {}

  /** Returns whether {@code image} carries no information. Takes about a millisecond at 2 MP. */
  public static boolean isLow(DecodedImage image) {
    return bends(image) <= MIN_BENDS;
  }

  /** Returns the number of cells that leave the straight line between their neighbours. */
  static int bends(DecodedImage image) {
    int columns = Math.min(MAX_CELLS, image.width());
    int rows = Math.min(MAX_CELLS, image.height());
    float[] cells = cells(image, columns, rows);
    int rowFloats = columns * 3;
    int bends = 0;
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int at = y * rowFloats + x * 3;
        boolean bent = x > 0 && x < columns - 1 && bends(cells, at, 3);
        bent |= y > 0 && y < rows - 1 && bends(cells, at, rowFloats);
        if (bent) {
          bends++;
        }
      }
    }
    return bends;
  }

  private static boolean bends(float[] cells, int at, int step) {
    for (int c = at; c < at + 3; c++) {
      if (Math.abs((cells[c - step] + cells[c + step]) / 2 - cells[c]) > BEND_LEVELS) {
        return true;
      }
    }
    return false;
  }

  private static float[] cells(DecodedImage image, int columns, int rows) {
    int[] xs = samplePositions(image.width(), columns);
    int[] ys = samplePositions(image.height(), rows);
    int perColumn = xs.length / columns;
    int perRow = ys.length / rows;
    byte[] rgb = image.rgb();
    float[] cells = new float[columns * rows * 3];
    for (int j = 0; j < ys.length; j++) {
      int row = ys[j] * image.width() * 3;
      int cellRow = j / perRow * columns * 3;
      for (int i = 0; i < xs.length; i++) {
        int from = row + xs[i] * 3;
        int to = cellRow + i / perColumn * 3;
        cells[to] += rgb[from] & 0xFF;
        cells[to + 1] += rgb[from + 1] & 0xFF;
        cells[to + 2] += rgb[from + 2] & 0xFF;
      }
    }
    float weight = 1f / (perColumn * perRow);
    for (int i = 0; i < cells.length; i++) {
      cells[i] *= weight;
    }
    return cells;
  }

  /** Evenly spread positions, the same number for every cell. */
  private static int[] samplePositions(int length, int cells) {
    int perCell = Math.clamp(length / cells, 1, MAX_SAMPLES);
    int[] positions = new int[cells * perCell];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = (int) ((2L * i + 1) * length / (2L * positions.length));
    }
    return positions;
  }
}
