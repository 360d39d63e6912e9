package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InformationContentTest {
  private static final long SEED = 20261125;

  private interface Shade {
    double level(double x, double y, int channel);
  }

  /** x and y run from 0 to 1. */
  private static DecodedImage paint(int width, int height, Shade shade) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      double x = (double) (i / 3 % width) / Math.max(1, width - 1);
      int row = i / 3 / width;
      double y = (double) row / Math.max(1, height - 1);
      rgb[i] = (byte) Math.round(Math.clamp(shade.level(x, y, i % 3), 0, 255));
    }
    return new DecodedImage(rgb, width, height);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,3", "64,64", "160,120", "1,2000", "1920,1080", "2000,1"})
  void shouldFindNoInformationInOneColourNoiseAndGradients(int width, int height) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    List<DecodedImage> pictures = new ArrayList<>();
    for (int level : new int[] {0, 127, 255}) {
      pictures.add(paint(width, height, (x, y, c) -> level));
      pictures.add(paint(width, height, (x, y, c) -> level + random.nextInt(-2, 3)));
    }
    if (width >= 64 && height >= 64) {
      for (int degrees = 0; degrees < 360; degrees += 15) {
        double angle = Math.toRadians(degrees);
        pictures.add(
            paint(
                width,
                height,
                (x, y, c) ->
                    127
                        + (c + 1)
                            * 90
                            * ((x - 0.5) * Math.cos(angle) + (y - 0.5) * Math.sin(angle))));
      }
      for (double centre : new double[] {0, 0.3, 0.5}) {
        pictures.add(
            paint(width, height, (x, y, c) -> 255 - 255 * Math.hypot(x - centre, y - 0.5)));
        pictures.add(
            paint(width, height, (x, y, c) -> 40 * c + 170 * Math.hypot(x - centre, y - centre)));
      }
    }
    assertThat(pictures).allSatisfy(p -> assertThat(InformationContent.isLow(p)).isTrue());
  }

  @Test
  void shouldFindInformationInDrawings() {
    DecodedImage halves = paint(400, 300, (x, y, c) -> x < 0.5 ? 20 : 230);
    DecodedImage lines = paint(800, 600, (x, y, c) -> (int) (y * 60) % 5 == 0 && x < 0.6 ? 0 : 255);
    DecodedImage disc = paint(300, 300, (x, y, c) -> Math.hypot(x - .5, y - .5) < .2 ? 90 : 140);
    assertThat(List.of(halves, lines, disc))
        .allSatisfy(p -> assertThat(InformationContent.isLow(p)).isFalse());
  }

  @ParameterizedTest
  @CsvSource({"demo", "dev"})
  void shouldFindInformationInEveryPhotograph(String set) throws IOException {
    Path folder = Path.of("../shared/data").resolve(set).resolve("images");
    assumeTrue(Files.exists(folder), "photographs absent: " + folder);
    ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);
    List<String> low = new ArrayList<>();
    int fewest = Integer.MAX_VALUE;
    String fewestIn = "";
    int count = 0;
    List<Path> files;
    try (Stream<Path> stream = Files.list(folder)) {
      files = stream.sorted().toList();
    }
    for (Path file : files) {
      DecodedImage image;
      try {
        image = decoder.decode(Files.readAllBytes(file));
      } catch (ImageRejectedException e) {
        throw new AssertionError(file + ": " + e.getMessage(), e);
      }
      count++;
      int bends = InformationContent.bends(image);
      if (bends < fewest) {
        fewest = bends;
        fewestIn = file.getFileName().toString();
      }
      if (InformationContent.isLow(image)) {
        low.add(file.getFileName() + " " + bends);
      }
    }
    System.out.printf(
        "information content: %d photographs of %s, fewest bends %d in %s%n",
        count, set, fewest, fewestIn);
    assertThat(low).isEmpty();
  }
}
