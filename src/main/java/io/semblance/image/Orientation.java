package io.semblance.image;

/** Turns a picture upright as its EXIF orientation says. */
final class Orientation {
  private Orientation() {}

  /**
   * Returns the picture whose stored form is {@code stored}.
   *
   * @param orientation 1 to 8: EXIF 2.3, tag 0x0112
   */
  static DecodedImage upright(DecodedImage stored, int orientation) {
    if (orientation == ImageHeader.UPRIGHT) {
      return stored;
    }
    int storedWidth = stored.width();
    int storedHeight = stored.height();
    boolean turned = orientation >= 5;
    int width = turned ? storedHeight : storedWidth;
    int height = turned ? storedWidth : storedHeight;
    byte[] rgb = new byte[stored.rgb().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column =
            switch (orientation) {
              case 2, 3 -> storedWidth - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> storedWidth - 1 - y; // 7, 8
            };
        int row =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> storedHeight - 1 - y;
              case 5, 8 -> x;
              default -> storedHeight - 1 - x; // 6, 7
            };
        int from = (row * storedWidth + column) * 3;
        int to = (y * width + x) * 3;
        rgb[to] = stored.rgb()[from];
        rgb[to + 1] = stored.rgb()[from + 1];
        rgb[to + 2] = stored.rgb()[from + 2];
      }
    }
    return new DecodedImage(rgb, width, height);
  }
}
