package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BestBlocksTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());

  @Test
  void shouldReturnTheGreatestBoundsGreatestFirst() {
    System.out.printf("best blocks: -Dsemblance.seed=%d%n", SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      float[] bounds = new float[random.nextInt(400)];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = random.nextInt(5) == 0 ? Float.NEGATIVE_INFINITY : random.nextFloat();
      }
      int count = 1 + random.nextInt(150);
      float[] expected =
          toArray(
              IntStream.range(0, bounds.length)
                  .mapToObj(i -> bounds[i])
                  .filter(bound -> bound > Float.NEGATIVE_INFINITY)
                  .sorted(Comparator.reverseOrder())
                  .limit(count)
                  .toArray(Float[]::new));

      int[] best = BestBlocks.of(bounds, count);

      float[] actual = new float[best.length];
      for (int i = 0; i < best.length; i++) {
        actual[i] = bounds[best[i]];
      }
      assertThat(actual).isEqualTo(expected);
      assertThat(IntStream.of(best).distinct().count()).isEqualTo(best.length);
    }
  }

  private static float[] toArray(Float[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values[i];
    }
    return floats;
  }
}
