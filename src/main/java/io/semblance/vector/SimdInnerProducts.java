package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The canonical inner product with the JDK's Vector API, one kernel for each register width. The
 * only class that touches the incubator module: load it after asking whether the module is there.
 *
 * <p>Each kernel reads 64 components of row and query an iteration into independent accumulators
 * that together are the 64 virtual lanes. Species are constants, since the compiler turns a species
 * from a field into slow calls; {@code reduceLanes} is avoided, since its order of summation is not
 * specified.
 */
final class SimdInnerProducts {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private SimdInnerProducts() {}

  /** Returns the widest register of float lanes that this machine prefers, in bits. */
  static int preferredBits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  /**
   * Returns the kernel for registers of {@code bits}.
   *
   * @throws IllegalArgumentException if there is none
   */
  static InnerProduct ofWidth(int bits) {
    return switch (bits) {
      case 128 -> new Width128();
      case 256 -> new Width256();
      case 512 -> new Width512();
      default ->
          throw new IllegalArgumentException(
              "no kernel for vectors of %d bits: 128, 256 or 512".formatted(bits));
    };
  }

  private static final class Width512 implements InnerProduct {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);

    @Override
    public float of(MemorySegment rows, long offset, float[] query, int length) {
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = FloatVector.zero(S);
      FloatVector a2 = FloatVector.zero(S);
      FloatVector a3 = FloatVector.zero(S);
      for (int i = 0; i < length; i += LANES) {
        long at = offset + (long) i * Float.BYTES;
        a0 = load(rows, at).fma(FloatVector.fromArray(S, query, i), a0);
        a1 = load(rows, at + 64).fma(FloatVector.fromArray(S, query, i + 16), a1);
        a2 = load(rows, at + 128).fma(FloatVector.fromArray(S, query, i + 32), a2);
        a3 = load(rows, at + 192).fma(FloatVector.fromArray(S, query, i + 48), a3);
      }
      FloatVector sum = a0.add(a1).add(a2.add(a3));
      sum = sum.add(sum.rearrange(BY_8));
      sum = sum.add(sum.rearrange(BY_4));
      sum = sum.add(sum.rearrange(BY_2));
      return sum.add(sum.rearrange(BY_1)).lane(0);
    }

    private static FloatVector load(MemorySegment rows, long at) {
      return FloatVector.fromMemorySegment(S, rows, at, ORDER);
    }

    @Override
    public String description() {
      return "simd-512";
    }
  }

  private static final class Width256 implements InnerProduct {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_256;
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);

    @Override
    public float of(MemorySegment rows, long offset, float[] query, int length) {
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = FloatVector.zero(S);
      FloatVector a2 = FloatVector.zero(S);
      FloatVector a3 = FloatVector.zero(S);
      FloatVector a4 = FloatVector.zero(S);
      FloatVector a5 = FloatVector.zero(S);
      FloatVector a6 = FloatVector.zero(S);
      FloatVector a7 = FloatVector.zero(S);
      for (int i = 0; i < length; i += LANES) {
        long at = offset + (long) i * Float.BYTES;
        a0 = load(rows, at).fma(FloatVector.fromArray(S, query, i), a0);
        a1 = load(rows, at + 32).fma(FloatVector.fromArray(S, query, i + 8), a1);
        a2 = load(rows, at + 64).fma(FloatVector.fromArray(S, query, i + 16), a2);
        a3 = load(rows, at + 96).fma(FloatVector.fromArray(S, query, i + 24), a3);
        a4 = load(rows, at + 128).fma(FloatVector.fromArray(S, query, i + 32), a4);
        a5 = load(rows, at + 160).fma(FloatVector.fromArray(S, query, i + 40), a5);
        a6 = load(rows, at + 192).fma(FloatVector.fromArray(S, query, i + 48), a6);
        a7 = load(rows, at + 224).fma(FloatVector.fromArray(S, query, i + 56), a7);
      }
      FloatVector low = a0.add(a2).add(a4.add(a6));
      FloatVector high = a1.add(a3).add(a5.add(a7));
      FloatVector sum = low.add(high);
      sum = sum.add(sum.rearrange(BY_4));
      sum = sum.add(sum.rearrange(BY_2));
      return sum.add(sum.rearrange(BY_1)).lane(0);
    }

    private static FloatVector load(MemorySegment rows, long at) {
      return FloatVector.fromMemorySegment(S, rows, at, ORDER);
    }

    @Override
    public String description() {
      return "simd-256";
    }
  }

  /** Sixteen registers of four lanes are too many to keep: two passes of eight accumulators. */
  private static final class Width128 implements InnerProduct {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_128;
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);

    @Override
    public float of(MemorySegment rows, long offset, float[] query, int length) {
      FloatVector sum = half(rows, offset, query, length, 0);
      FloatVector upper = half(rows, offset, query, length, 4);
      sum = sum.add(upper); // lanes 0..3 of eight and 4..7 of eight
      sum = sum.add(sum.rearrange(BY_2));
      return sum.add(sum.rearrange(BY_1)).lane(0);
    }

    /** Lanes {@code first} to {@code first + 3} of the eight that are left after two folds. */
    private static FloatVector half(
        MemorySegment rows, long offset, float[] query, int length, int first) {
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = FloatVector.zero(S);
      FloatVector a2 = FloatVector.zero(S);
      FloatVector a3 = FloatVector.zero(S);
      FloatVector b0 = FloatVector.zero(S);
      FloatVector b1 = FloatVector.zero(S);
      FloatVector b2 = FloatVector.zero(S);
      FloatVector b3 = FloatVector.zero(S);
      for (int i = 0; i < length; i += LANES) {
        int q = i + first;
        long at = offset + (long) q * Float.BYTES;
        a0 = load(rows, at).fma(FloatVector.fromArray(S, query, q), a0);
        b0 = load(rows, at + 32).fma(FloatVector.fromArray(S, query, q + 8), b0);
        a1 = load(rows, at + 64).fma(FloatVector.fromArray(S, query, q + 16), a1);
        b1 = load(rows, at + 96).fma(FloatVector.fromArray(S, query, q + 24), b1);
        a2 = load(rows, at + 128).fma(FloatVector.fromArray(S, query, q + 32), a2);
        b2 = load(rows, at + 160).fma(FloatVector.fromArray(S, query, q + 40), b2);
        a3 = load(rows, at + 192).fma(FloatVector.fromArray(S, query, q + 48), a3);
        b3 = load(rows, at + 224).fma(FloatVector.fromArray(S, query, q + 56), b3);
      }
      return a0.add(a1).add(a2.add(a3)).add(b0.add(b1).add(b2.add(b3)));
    }

    private static FloatVector load(MemorySegment rows, long at) {
      return FloatVector.fromMemorySegment(S, rows, at, ORDER);
    }

    @Override
    public String description() {
      return "simd-128";
    }
  }
}
