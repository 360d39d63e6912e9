package io.semblance.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds of each kernel for one row, out of the first cache: what the machine can do, without
 * memory's part in it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms512m", "-Xmx512m"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class KernelBenchmark {
  private static final int ROWS = RowSegment.ROWS_PER_BLOCK;
  private static final int DIMENSION = 512;
  private static final long SEED = 1;

  /** Of vectors in bits, or {@code scalar}. */
  @Param({"512", "256", "128", "scalar"})
  public String kernel = "512";

  private Kernels kernels = Kernels.scalar();
  private final float[] query = new float[DIMENSION];
  private final float[] scores = new float[ROWS];
  private final short[] sums = new short[SlabSums.LENGTH];
  private final float[] totals = new float[ROWS];
  private final short[][] weights = new short[SlabSums.TILE][SlabSums.WEIGHTS];
  private SlabSums.TileWeights tileWeights = kernels.slabSums().tileWeights(weights);
  private final short[] needed = new short[SlabSums.TILE];
  private final long[] reached = new long[SlabSums.TILE];
  private MemorySegment rows = MemorySegment.NULL;
  private MemorySegment codes = MemorySegment.NULL;
  private float[] matrix = new float[0];
  private final float[] vectors = new float[DIMENSION * Projector.VECTORS];
  private final float[][] products = new float[Projector.VECTORS][DIMENSION];

  /** Makes data of fixed random numbers. */
  @Setup
  public void prepare() {
    kernels = KernelProvider.create(kernel);
    Random random = new Random(SEED);
    rows = Arena.global().allocate((long) ROWS * DIMENSION * Float.BYTES, 64);
    for (long i = 0; i < rows.byteSize() / Float.BYTES; i++) {
      rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    codes = Arena.global().allocate(CodeLayout.SLAB_BLOCK_BYTES, 64);
    for (long i = 0; i < codes.byteSize(); i++) {
      codes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
    matrix = new float[DIMENSION * DIMENSION];
    for (float[] array : new float[][] {query, matrix, vectors}) {
      for (int i = 0; i < array.length; i++) {
        array[i] = random.nextFloat() - 0.5f;
      }
    }
    for (short[] some : weights) {
      for (int i = 0; i < some.length; i++) {
        some[i] = (short) random.nextInt(-100, 101);
      }
    }
    tileWeights = kernels.slabSums().tileWeights(weights);
    Arrays.fill(needed, Short.MAX_VALUE);
  }

  /** The canonical score of a vector of dimension 512. */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public float[] score() {
    kernels.dotProducts().scoreRows(query, rows, 0, DIMENSION, -1L, scores);
    return scores;
  }

  /** A first slab, for one query. */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long slab() {
    kernels.slabSums().sums(codes, 0, weights[0], sums);
    return kernels.slabSums().atLeast(sums, Short.MAX_VALUE);
  }

  /** A further slab, for one query. */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long furtherSlab() {
    kernels.slabSums().sums(codes, 0, weights[0], sums);
    return kernels.slabSums().addAndCompare(sums, 1e-6f, totals, 1);
  }

  /** A first slab, for one of a tile's queries. */
  @Benchmark
  @OperationsPerInvocation(ROWS * SlabSums.TILE)
  public long[] slabOfTile() {
    kernels.slabSums().reach(codes, 0, tileWeights, needed, reached);
    return reached;
  }

  /** The projection of a vector of dimension 512. */
  @Benchmark
  @OperationsPerInvocation(Projector.VECTORS)
  public float[][] project() {
    kernels.projector().project(matrix, DIMENSION, vectors, products);
    return products;
  }
}
