package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabSumsTest {
  private static final long SEED = Long.getLong("semblance.seed", System.nanoTime());
  private static final int SLABS = 50;

  private final SlabSums scalar = new ScalarSlabSums();

  @ParameterizedTest
  @ValueSource(strings = {"128", "256", "512"})
  void shouldGiveTheScalarTwinsBitsAtEveryWidth(String width) {
    System.out.printf("slab sums: -Dsemblance.seed=%d%n", SEED);
    Random random = new Random(SEED);
    SlabSums simd = KernelProvider.create(width).slabSums();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = randomBytes(arena, (long) SLABS * CodeLayout.SLAB_BLOCK_BYTES, random);
      for (int slab = 0; slab < SLABS; slab++) {
        compare(simd, codes, (long) slab * CodeLayout.SLAB_BLOCK_BYTES, random);
      }
    }
  }

  private void compare(SlabSums simd, MemorySegment codes, long slab, Random random) {
    short[] weights = randomShorts(SlabSums.WEIGHTS, random);
    short[] expected = new short[SlabSums.LENGTH];
    short[] actual = new short[SlabSums.LENGTH];
    scalar.sums(codes, slab, weights, expected);
    simd.sums(codes, slab, weights, actual);
    assertThat(actual).isEqualTo(expected);
    short needed = (short) random.nextInt();
    assertThat(simd.atLeast(actual, needed)).isEqualTo(scalar.atLeast(expected, needed));
    long rows = random.nextLong();
    assertThat(simd.largest(actual, rows)).isEqualTo(scalar.largest(expected, rows));
    assertThat(simd.largest(actual, 0)).isEqualTo(Short.MIN_VALUE);
    float[] expectedTotals = new float[64];
    float[] actualTotals = new float[64];
    for (int row = 0; row < 64; row++) {
      expectedTotals[row] = random.nextFloat();
      actualTotals[row] = expectedTotals[row];
    }
    float scale = random.nextFloat() / 1_000;
    float bar = 10 * random.nextFloat() - 5;
    assertThat(simd.addAndCompare(actual, scale, actualTotals, bar))
        .isEqualTo(scalar.addAndCompare(expected, scale, expectedTotals, bar));
    assertThat(actualTotals).isEqualTo(expectedTotals);
  }

  @ParameterizedTest
  @ValueSource(strings = {"128", "256", "512", "scalar"})
  void shouldReachWhatSingleQueriesReachForATileOfThem(String width) {
    System.out.printf("tiles of slab sums: -Dsemblance.seed=%d%n", SEED);
    Random random = new Random(SEED);
    SlabSums simd = KernelProvider.create(width).slabSums();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = randomBytes(arena, (long) SLABS * CodeLayout.SLAB_BLOCK_BYTES, random);
      short[][] weights = new short[SlabSums.TILE][];
      short[] needed = new short[SlabSums.TILE];
      for (int slab = 0; slab < SLABS; slab++) {
        for (int query = 0; query < SlabSums.TILE; query++) {
          weights[query] = randomShorts(SlabSums.WEIGHTS, random);
          needed[query] = (short) random.nextInt();
        }
        long[] expected = new long[SlabSums.TILE];
        long[] actual = new long[SlabSums.TILE];
        long at = (long) slab * CodeLayout.SLAB_BLOCK_BYTES;
        short[] sums = new short[SlabSums.LENGTH];
        for (int query = 0; query < SlabSums.TILE; query++) {
          scalar.sums(codes, at, weights[query], sums);
          expected[query] = scalar.atLeast(sums, needed[query]);
        }
        simd.reach(codes, at, simd.tileWeights(weights), needed, actual);
        assertThat(actual).isEqualTo(expected);
      }
    }
  }

  private static MemorySegment randomBytes(Arena arena, long length, Random random) {
    byte[] bytes = new byte[(int) length];
    random.nextBytes(bytes);
    MemorySegment segment = arena.allocate(length, 64);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  private static short[] randomShorts(int count, Random random) {
    short[] shorts = new short[count];
    for (int i = 0; i < count; i++) {
      shorts[i] = (short) random.nextInt(-1_000, 1_001); // sums wrap alike
    }
    return shorts;
  }
}
