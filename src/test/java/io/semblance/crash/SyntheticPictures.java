package io.semblance.crash;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Small pictures, another for each number, drawn from a seed. */
final class SyntheticPictures {
  private static final int SIDE = 96;

  private final long seed;

  SyntheticPictures(long seed) {
    this.seed = seed;
  }

  byte[] png(int number) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(draw(number), "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same picture as JPEG of {@code quality} 0 to 1. */
  byte[] jpeg(int number, float quality) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(quality);
      writer.setOutput(stream);
      writer.write(null, new IIOImage(draw(number), null, null), parameters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  /** Shapes of many kinds and sizes over tiles: pictures must differ in structure, not in hue. */
  private BufferedImage draw(int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    int tiles = 1 + random.nextInt(8);
    int tile = (SIDE + tiles - 1) / tiles;
    for (int y = 0; y < tiles; y++) {
      for (int x = 0; x < tiles; x++) {
        graphics.setColor(new Color(random.nextInt(0x1000000)));
        graphics.fillRect(x * tile, y * tile, tile, tile);
      }
    }
    int kinds = 1 + random.nextInt(15);
    int shapes = 5 + random.nextInt(60);
    double largest = 8 + random.nextInt(60);
    for (int i = 0; i < shapes; i++) {
      graphics.setColor(new Color(random.nextInt(0x1000000)));
      graphics.setTransform(
          AffineTransform.getRotateInstance(random.nextDouble(Math.PI * 2), SIDE / 2, SIDE / 2));
      double x = random.nextDouble(SIDE);
      double y = random.nextDouble(SIDE);
      double width = 3 + random.nextDouble(largest);
      double height = 3 + random.nextDouble(largest);
      int kind = pick(kinds, random);
      switch (kind) {
        case 0 -> graphics.fill(new Rectangle2D.Double(x, y, width, height));
        case 1 -> graphics.fill(new Ellipse2D.Double(x, y, width, height));
        case 2 -> {
          graphics.setStroke(new BasicStroke(1 + random.nextInt(6)));
          graphics.draw(new Ellipse2D.Double(x, y, width, height));
        }
        default -> graphics.fill(triangle(x, y, width, height));
      }
    }
    graphics.dispose();
    return image;
  }

  /** One of the kinds whose bit is set. */
  private static int pick(int kinds, SplittableRandom random) {
    int kind = random.nextInt(4);
    while ((kinds & (1 << kind)) == 0) {
      kind = (kind + 1) % 4;
    }
    return kind;
  }

  private static Path2D triangle(double x, double y, double width, double height) {
    Path2D path = new Path2D.Double();
    path.moveTo(x, y);
    path.lineTo(x + width, y + height / 3);
    path.lineTo(x + width / 3, y + height);
    path.closePath();
    return path;
  }
}
