package io.semblance.cli.bench;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Makes as many distinct JPEGs as are wanted of a few photographs. */
final class Photographs {
  /** Size of a picture of two megapixels. */
  static final int TWO_MEGAPIXELS_WIDTH = 1_632;

  static final int TWO_MEGAPIXELS_HEIGHT = 1_224;

  private static final float QUALITY = 0.9f;
  private static final float COPY_QUALITY = 0.5f;
  private static final double CROP_MIN = 0.8;
  private static final double CROP_MAX = 0.95;
  private static final List<String> PLACES =
      List.of("src/main/resources/demo", "../shared/data/demo/images");

  private final List<BufferedImage> sources;

  private Photographs(List<BufferedImage> sources) {
    this.sources = sources;
  }

  /**
   * A photograph and its planted copy.
   *
   * @param group photographs of one group all show different scenes
   * @param original JPEG bytes
   * @param copy the same picture at a lower quality
   */
  record Pair(int group, byte[] original, byte[] copy) {}

  /** Returns where photographs lie below {@code home}: those that ship, else development's. */
  static Path defaultDirectory(Path home) {
    return PLACES.stream()
        .map(home::resolve)
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there are no photographs in %s: name a folder of JPEGs with --photos"
                    .formatted(PLACES)));
  }

  /** Reads every JPEG below {@code directory}. */
  static Photographs read(Path directory) throws IOException {
    System.setProperty("java.awt.headless", "true");
    ImageIO.setUseCache(false);
    List<BufferedImage> sources = new ArrayList<>();
    for (Path file : files(directory)) {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image != null) {
        sources.add(image);
      }
    }
    if (sources.isEmpty()) {
      throw new IllegalArgumentException(
          "there are no JPEGs in %s: name a folder with --photos".formatted(directory));
    }
    return new Photographs(sources);
  }

  /** Returns every JPEG below {@code directory}, by name. */
  static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Photographs::isJpeg).sorted().toList();
    }
  }

  private static boolean isJpeg(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jpg") || name.endsWith(".jpeg");
  }

  /** Returns how many different photographs there are. */
  int size() {
    return sources.size();
  }

  /** Returns {@code count} pairs, no two alike, the same for the same seed. */
  List<Pair> pairs(int count, long seed) throws IOException {
    Random random = new Random(seed);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      BufferedImage crop = crop(sources.get(i % sources.size()), random);
      pairs.add(new Pair(i / sources.size(), jpeg(crop, QUALITY), jpeg(crop, COPY_QUALITY)));
    }
    return pairs;
  }

  /** Returns JPEGs of two megapixels, one of each photograph, at most {@code max}. */
  List<byte[]> twoMegapixels(int max) throws IOException {
    List<byte[]> images = new ArrayList<>();
    for (BufferedImage source : sources.subList(0, Math.min(max, sources.size()))) {
      BufferedImage large =
          new BufferedImage(
              TWO_MEGAPIXELS_WIDTH, TWO_MEGAPIXELS_HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
      Graphics2D graphics = large.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
      graphics.drawImage(source, 0, 0, TWO_MEGAPIXELS_WIDTH, TWO_MEGAPIXELS_HEIGHT, null);
      graphics.dispose();
      images.add(jpeg(large, QUALITY));
    }
    return images;
  }

  private static BufferedImage crop(BufferedImage source, Random random) {
    int width = scaled(source.getWidth(), random);
    int height = scaled(source.getHeight(), random);
    int left = random.nextInt(source.getWidth() - width + 1);
    int top = random.nextInt(source.getHeight() - height + 1);
    BufferedImage crop = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = crop.createGraphics();
    graphics.drawImage(source.getSubimage(left, top, width, height), 0, 0, null);
    graphics.dispose();
    return crop;
  }

  private static int scaled(int side, Random random) {
    return Math.max(1, (int) (side * random.nextDouble(CROP_MIN, CROP_MAX)));
  }

  private static byte[] jpeg(BufferedImage image, float quality) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(quality);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
