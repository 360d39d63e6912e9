package io.semblance.embedding;

import io.semblance.image.ImageSource;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Small PNGs of one colour. */
final class Pictures {
  private Pictures() {}

  static byte[] png(int red) {
    return png(red, 8, 8);
  }

  static byte[] png(int red, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, red << 16 | 2 << 8 | 3);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static ImageSource source(int red) {
    return new ImageSource.Inline(png(red));
  }
}
