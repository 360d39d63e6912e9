package io.semblance.image;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * JPEG with the four inks of print as Adobe's programs write it: samples inverted, no colour
 * transform. OpenCV's conversion is one level off Pillow's; this one is equal. Other JPEGs of four
 * components (YCCK, or without Adobe's marker) stay with OpenCV. Stateless.
 */
final class CmykJpeg {
  private static final int SOS = 0xDA;
  private static final int APP14 = 0xEE;
  private static final int INKS = 4;
  private static final int TRANSFORM_OFFSET = 11;

  private CmykJpeg() {}

  /** Returns whether a JPEG, whose markers are sound, is of this kind. */
  static boolean is(ByteReader in) throws ImageRejectedException {
    int position = 2;
    int components = 0;
    boolean adobe = false;
    int transform = 0;
    while (position + 4 <= in.bytes().length) {
      int marker = in.u8(position + 1L);
      if (in.u8(position) != 0xFF || marker == SOS) {
        break;
      }
      if (marker == 0xFF) { // fill
        position++;
        continue;
      }
      int length = in.u16BigEndian(position + 2L);
      if (marker == APP14
          && length >= TRANSFORM_OFFSET + 3
          && in.tag(position + 4).equals("Adob")) {
        adobe = true;
        transform = in.u8(position + 4L + TRANSFORM_OFFSET);
      } else if (marker >= 0xC0 && marker <= 0xC2) {
        components = in.u8(position + 9L);
      }
      position += 2 + length;
    }
    return components == INKS && adobe && transform == 0;
  }

  /** Returns the picture; null if the JDK's reader, which is stricter than OpenCV, refuses it. */
  static @Nullable DecodedImage decode(ByteReader in, ImageHeader header) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    if (!readers.hasNext()) {
      return null;
    }
    ImageReader reader = readers.next();
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(in.bytes()))) {
      reader.setInput(stream, true, true);
      Raster raster = reader.readRaster(0, null);
      boolean asDeclared =
          raster.getNumBands() == INKS
              && raster.getWidth() == header.width()
              && raster.getHeight() == header.height();
      return asDeclared ? rgb(raster) : null;
    } catch (IOException | RuntimeException e) {
      return null;
    } finally {
      reader.dispose();
    }
  }

  /** As Pillow: each colour is the share of white that its ink and black leave, rounded. */
  private static DecodedImage rgb(Raster raster) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] rgb = new byte[Math.multiplyExact(width * 3, height)];
    int[] row = new int[width * INKS];
    int to = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int light = row[x * INKS + 3]; // inverted: 255 is no ink
        for (int channel = 0; channel < 3; channel++) {
          rgb[to++] = (byte) share(row[x * INKS + channel], light);
        }
      }
    }
    return new DecodedImage(rgb, width, height);
  }

  /** Returns {@code a * b / 255}, rounded as Pillow's {@code MULDIV255} does. */
  private static int share(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }
}
