package io.semblance.cli.demo;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** What people do to a photograph before they upload it again. */
public enum Edit {
  CROPPED("cropped by 10 %", Edit::crop),
  RECOMPRESSED("JPEG quality 30", picture -> picture),
  HALVED("half size", picture -> scaled(picture, 0.5)),
  MIRRORED("mirrored", Edit::mirror),
  LETTERBOXED("letterboxed", Edit::letterbox),
  CAPTIONED("caption banner", Edit::caption),
  BRIGHTENED("brighter", Edit::brighten),
  TURNED("turned by 5°", Edit::turn);

  private static final float QUALITY = 0.85f;
  private static final float QUALITY_LOW = 0.30f;

  private final String description;
  private final UnaryOperator<BufferedImage> change;

  Edit(String description, UnaryOperator<BufferedImage> change) {
    this.description = description;
    this.change = change;
  }

  String description() {
    return description;
  }

  /** Returns the edited picture as JPEG. */
  public byte[] apply(BufferedImage picture) {
    return jpeg(change.apply(picture), this == RECOMPRESSED ? QUALITY_LOW : QUALITY);
  }

  /** A tenth of each dimension goes, half of it on each side. */
  private static BufferedImage crop(BufferedImage picture) {
    int x = picture.getWidth() / 20;
    int y = picture.getHeight() / 20;
    return draw(
        picture.getWidth() - 2 * x,
        picture.getHeight() - 2 * y,
        graphics -> graphics.drawImage(picture, -x, -y, null));
  }

  private static BufferedImage scaled(BufferedImage picture, double factor) {
    int width = (int) (picture.getWidth() * factor);
    int height = (int) (picture.getHeight() * factor);
    return draw(width, height, graphics -> graphics.drawImage(picture, 0, 0, width, height, null));
  }

  private static BufferedImage mirror(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    return draw(
        width, height, graphics -> graphics.drawImage(picture, width, 0, -width, height, null));
  }

  /** Black bars of a sixteenth of the height above and below. */
  private static BufferedImage letterbox(BufferedImage picture) {
    int bar = picture.getHeight() / 16;
    return draw(
        picture.getWidth(),
        picture.getHeight() + 2 * bar,
        graphics -> graphics.drawImage(picture, 0, bar, null));
  }

  private static BufferedImage caption(BufferedImage picture) {
    int banner = picture.getHeight() / 10;
    return draw(
        picture.getWidth(),
        picture.getHeight(),
        graphics -> {
          graphics.drawImage(picture, 0, 0, null);
          graphics.setColor(Color.WHITE);
          graphics.fillRect(0, picture.getHeight() - banner, picture.getWidth(), banner);
          graphics.setColor(Color.BLACK);
          // Glyphs need fonts, which a bare machine lacks: bars stand for the words.
          int x = banner / 2;
          for (int letters : new int[] {3, 5, 4, 6, 2, 7}) {
            graphics.fillRect(
                x, picture.getHeight() - banner * 2 / 3, letters * banner / 5, banner / 3);
            x += (letters + 1) * banner / 5 + banner / 6;
          }
        });
  }

  private static BufferedImage brighten(BufferedImage picture) {
    return new RescaleOp(1.25f, 10, null).filter(picture, null);
  }

  private static BufferedImage turn(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    return draw(
        width,
        height,
        graphics -> {
          AffineTransform turn =
              AffineTransform.getRotateInstance(Math.toRadians(5), width / 2.0, height / 2.0);
          graphics.drawImage(picture, turn, null);
        });
  }

  private interface Drawing {
    void on(Graphics2D graphics);
  }

  private static BufferedImage draw(int width, int height, Drawing drawing) {
    BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
      drawing.on(graphics);
    } finally {
      graphics.dispose();
    }
    return canvas;
  }

  private static byte[] jpeg(BufferedImage picture, float quality) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(quality);
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), parameters);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a JPEG", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
