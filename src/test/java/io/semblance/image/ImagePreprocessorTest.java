package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.image.ImageRecipe.CropRounding;
import io.semblance.image.ImageRecipe.Geometry;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagePreprocessorTest {
  private static final int SIDE = 224;

  private static ImageRecipe centre(int shortSide, Resampling resampling) {
    return new ImageRecipe(
        new Geometry.ShortSideThenCentre(shortSide, CropRounding.HALF_TO_EVEN),
        SIDE,
        SIDE,
        resampling,
        1,
        new float[3],
        new float[] {1, 1, 1},
        ImageRecipe.Layout.NHWC);
  }

  @ParameterizedTest
  @CsvSource({"1000000, 20", "20, 1000000", "300000, 150", "150, 300000"})
  void shouldCutTheCentreOutOfExtremeProportionsWithoutMakingTheWhole(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    Arrays.fill(rgb, (byte) 77);

    DecodedImage sized =
        new ImagePreprocessor(centre(SIDE, Resampling.BICUBIC))
            .sized(new DecodedImage(rgb, width, height));

    byte[] expected = new byte[SIDE * SIDE * 3];
    Arrays.fill(expected, (byte) 77);
    assertThat(sized.rgb()).isEqualTo(expected);
  }

  /** Short sides below the input's size leave a black margin. */
  @ParameterizedTest
  @CsvSource({
    "256, 300, 211",
    "256, 211, 300",
    "224, 640, 480",
    "101, 640, 480",
    "101, 480, 640",
    "101, 900, 100",
    "100, 30, 4000",
    "223, 50, 50"
  })
  void shouldGiveTheSamePixelsAsCuttingTheResizedWhole(int shortSide, int width, int height) {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    byte[] rgb = new byte[width * height * 3];
    new Random(seed).nextBytes(rgb);
    DecodedImage image = new DecodedImage(rgb, width, height);
    int longSide = shortSide * Math.max(width, height) / Math.min(width, height);
    int toWidth = width >= height ? longSide : shortSide;
    int toHeight = width >= height ? shortSide : longSide;
    for (Resampling resampling : Resampling.values()) {
      DecodedImage whole = ImageResizer.resize(image, toWidth, toHeight, resampling);
      int left = (int) Math.rint((toWidth - SIDE) / 2.0);
      int top = (int) Math.rint((toHeight - SIDE) / 2.0);
      byte[] expected = new byte[SIDE * SIDE * 3];
      for (int y = Math.max(0, top); y < Math.min(toHeight, top + SIDE); y++) {
        for (int x = Math.max(0, left); x < Math.min(toWidth, left + SIDE); x++) {
          System.arraycopy(
              whole.rgb(), (y * toWidth + x) * 3, expected, ((y - top) * SIDE + x - left) * 3, 3);
        }
      }
      assertThat(new ImagePreprocessor(centre(shortSide, resampling)).sized(image).rgb())
          .as("%s", resampling)
          .isEqualTo(expected);
    }
  }
}
