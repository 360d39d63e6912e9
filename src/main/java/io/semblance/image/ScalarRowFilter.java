package io.semblance.image;

/** The plain {@link RowFilter}. */
final class ScalarRowFilter implements RowFilter {
  private final Taps columns;

  ScalarRowFilter(Taps columns) {
    this.columns = columns;
  }

  @Override
  public void filter(byte[] rgb, int from, byte[] out, int to) {
    int at = to;
    for (int x = 0; x < columns.starts.length; x++) {
      int source = from + columns.starts[x] * 3;
      int first = x * columns.stride;
      int end = first + columns.counts[x];
      int red = ImageResizer.HALF;
      int green = ImageResizer.HALF;
      int blue = ImageResizer.HALF;
      for (int t = first; t < end; t++) {
        int weight = columns.weights[t];
        red += weight * (rgb[source] & 0xFF);
        green += weight * (rgb[source + 1] & 0xFF);
        blue += weight * (rgb[source + 2] & 0xFF);
        source += 3;
      }
      out[at] = ImageResizer.clip(red);
      out[at + 1] = ImageResizer.clip(green);
      out[at + 2] = ImageResizer.clip(blue);
      at += 3;
    }
  }
}
