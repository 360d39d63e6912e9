package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel gives the bits of the canonical sum, whatever the machine prefers. */
class DotProductsTest {
  private static final String[] KERNELS = {"scalar", "128", "256", "512"};
  private static final int[] DIMENSIONS = {
    1, 2, 15, 16, 17, 31, 63, 64, 65, 100, 127, 128, 129, 256, 257, 512, 768, 1000, 2048
  };

  static Stream<Arguments> kernelsAndDimensions() {
    return Stream.of(KERNELS)
        .flatMap(kernel -> Arrays.stream(DIMENSIONS).mapToObj(d -> Arguments.of(kernel, d)));
  }

  @ParameterizedTest
  @MethodSource("kernelsAndDimensions")
  void shouldGiveTheCanonicalBits(String kernelName, int dimension) {
    long seed = dimension;
    Random random = new Random(seed);
    DotProducts kernel = KernelProvider.create(kernelName).dotProducts();
    int stride = IndexOptions.ofDimension(dimension).stride();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(2L * 64 * stride * Float.BYTES, 64);
      float[][] vectors = new float[64][];
      long blockOffset = 64L * stride * Float.BYTES;
      for (int row = 0; row < 64; row++) {
        vectors[row] = wildVector(dimension, random);
        long offset = blockOffset + (long) row * stride * Float.BYTES;
        MemorySegment.copy(vectors[row], 0, rows, ScalarDotProducts.FLOAT, offset, dimension);
      }
      float[] vector = wildVector(dimension, random);
      float[] query = Arrays.copyOf(vector, stride);
      long mask = random.nextLong() | 1 | Long.MIN_VALUE;
      float[] scores = new float[64];
      Arrays.fill(scores, 42f);

      kernel.scoreRows(query, rows, blockOffset, stride, mask, scores);

      for (int row = 0; row < 64; row++) {
        float expected = ((mask >>> row) & 1) == 0 ? 42f : BruteForce.dot(vector, vectors[row]);
        assertThat(Float.floatToRawIntBits(scores[row]))
            .as("kernel %s, row %d, seed %d", kernelName, row, seed)
            .isEqualTo(Float.floatToRawIntBits(expected));
      }
    }
  }

  /** The interpreter, C1 and C2 must agree; a long run passes through all of them. */
  @Test
  void shouldGiveTheSameBitsBeforeAndAfterCompilation() {
    Random random = new Random(7);
    int stride = 256;
    DotProducts kernel = KernelProvider.chosen().dotProducts();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(64L * stride * Float.BYTES, 64);
      for (int row = 0; row < 64; row++) {
        MemorySegment.copy(
            wildVector(stride, random),
            0,
            rows,
            ScalarDotProducts.FLOAT,
            (long) row * stride * Float.BYTES,
            stride);
      }
      float[] query = wildVector(stride, random);
      float[] first = new float[64];
      kernel.scoreRows(query, rows, 0, stride, -1L, first);

      float[] later = new float[64];
      for (int round = 0; round < 20_000; round++) {
        kernel.scoreRows(query, rows, 0, stride, -1L, later);
        if (!Arrays.equals(first, later)) {
          assertThat(later).as("round %d", round).isEqualTo(first);
        }
      }
      assertThat(later).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "128", "256", "512"})
  void shouldGiveTheSameBitsForATileOfQueries(String width) {
    Random random = new Random(8);
    int stride = 192;
    DotProducts kernel = KernelProvider.create(width).dotProducts();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(64L * stride * Float.BYTES, 64);
      for (int row = 0; row < 64; row++) {
        long at = (long) row * stride * Float.BYTES;
        MemorySegment.copy(
            wildVector(stride, random), 0, rows, ScalarDotProducts.FLOAT, at, stride);
      }
      float[][] queries = new float[4][];
      Arrays.setAll(queries, _ -> wildVector(stride, random));
      float[][] together = new float[4][64];
      float[][] alone = new float[4][64];
      long mask = random.nextLong();
      kernel.scoreRowsOfTile(queries, rows, 0, stride, mask, together);
      for (int query = 0; query < 4; query++) {
        kernel.scoreRows(queries[query], rows, 0, stride, mask, alone[query]);
      }
      assertThat(together).isDeepEqualTo(alone);
    }
  }

  @Test
  void shouldRefuseAnUnknownKernelNamingTheProperty() {
    assertThatThrownBy(() -> KernelProvider.create("1024"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(KernelProvider.PROPERTY)
        .hasMessageContaining("1024");
  }

  /** Components of very different sizes, so that every change of order shows in the sum. */
  private static float[] wildVector(int dimension, Random random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
    }
    return vector;
  }
}
