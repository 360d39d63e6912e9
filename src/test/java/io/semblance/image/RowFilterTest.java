package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowFilterTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());

  /** Every row but the last leaves the widest step room to read beyond its taps. */
  @Test
  void shouldGiveTheSameBytesWithAndWithoutSimd() {
    assumeTrue(SimdRowFilter.isSupported(), "this machine's vectors are narrower than 256 bits");
    System.out.printf("row filter test: -Dsemblance.seed=%d%n", SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      int width = 1 + random.nextInt(round % 3 == 0 ? 12 : 900);
      int outWidth = 1 + random.nextInt(400);
      int first = random.nextInt(outWidth);
      int count = 1 + random.nextInt(outWidth - first);
      Resampling resampling =
          List.of(Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS)
              .get(random.nextInt(3));
      Taps taps = Taps.of(width, outWidth, first, count, resampling);
      byte[] rgb = new byte[3 * width * 3];
      random.nextBytes(rgb);
      byte[] expected = new byte[3 * count * 3];
      byte[] actual = new byte[3 * count * 3];
      RowFilter scalar = new ScalarRowFilter(taps);
      RowFilter simd = new SimdRowFilter(taps);
      for (int row = 0; row < 3; row++) {
        scalar.filter(rgb, row * width * 3, expected, row * count * 3);
        simd.filter(rgb, row * width * 3, actual, row * count * 3);
      }
      assertThat(Arrays.equals(actual, expected))
          .as("%d of %d to %d, %s", count, outWidth, width, resampling)
          .isTrue();
    }
  }

  @Test
  void shouldUseSimdWhereTheModuleIsPresent() {
    assumeTrue(SimdRowFilter.isSupported(), "this machine's vectors are narrower than 256 bits");

    assertThat(RowFilter.of(Taps.of(100, 10, 0, 10, Resampling.BILINEAR)))
        .isInstanceOf(SimdRowFilter.class);
  }
}
