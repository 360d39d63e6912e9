package io.semblance.vector;

/**
 * Sums the outer products {@code Σ x xᵀ} of rows in double.
 *
 * <p>The loops are written for C2's auto-vectoriser: no sum runs across lanes, so the result has
 * the same bits with every vector width and in the interpreter. Two rows of the sum take four rows
 * of the panel at a time, which loads six values for eight multiply-adds; strips keep what is read
 * again in the caches. Only the upper triangle is summed.
 */
final class OuterProducts {
  /** Rows of a panel, a multiple of four. */
  static final int PANEL_ROWS = 64;

  private static final int STRIP = 512;

  private final int dimension;
  private final double[][] panel;
  private final double[][] sums;

  OuterProducts(int dimension) {
    this.dimension = dimension;
    int even = dimension + (dimension & 1);
    this.panel = new double[PANEL_ROWS][even];
    this.sums = new double[even][even];
  }

  /** Returns where to write the next {@value #PANEL_ROWS} rows, zeros for missing ones. */
  double[][] panel() {
    return panel;
  }

  /** Adds the outer products of the panel's rows. */
  void addPanel() {
    for (int from = 0; from < dimension; from += STRIP) {
      int to = Math.min(from + STRIP, dimension);
      for (int i = 0; i < to; i += 2) {
        for (int row = 0; row < PANEL_ROWS; row += 4) {
          addFour(
              sums[i],
              sums[i + 1],
              i,
              panel[row],
              panel[row + 1],
              panel[row + 2],
              panel[row + 3],
              Math.max(from, i),
              to);
        }
      }
    }
  }

  private static void addFour(
      double[] sum0,
      double[] sum1,
      int i,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      int from,
      int to) {
    double a0 = x0[i];
    double a1 = x1[i];
    double a2 = x2[i];
    double a3 = x3[i];
    double b0 = x0[i + 1];
    double b1 = x1[i + 1];
    double b2 = x2[i + 1];
    double b3 = x3[i + 1];
    for (int j = from; j < to; j++) {
      double y0 = x0[j];
      double y1 = x1[j];
      double y2 = x2[j];
      double y3 = x3[j];
      double s0 = Math.fma(a1, y1, Math.fma(a0, y0, sum0[j]));
      double s1 = Math.fma(b1, y1, Math.fma(b0, y0, sum1[j]));
      sum0[j] = Math.fma(a3, y3, Math.fma(a2, y2, s0));
      sum1[j] = Math.fma(b3, y3, Math.fma(b2, y2, s1));
    }
  }

  /** Returns the sum as a full symmetric matrix of its own. */
  double[][] sum() {
    double[][] full = new double[dimension][dimension];
    for (int i = 0; i < dimension; i++) {
      System.arraycopy(sums[i], i, full[i], i, dimension - i);
      for (int j = i + 1; j < dimension; j++) {
        full[j][i] = sums[i][j];
      }
    }
    return full;
  }
}
