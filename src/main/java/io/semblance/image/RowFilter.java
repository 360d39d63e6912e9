package io.semblance.image;

/**
 * The horizontal pass of a resize, row by row; every implementation gives the same bytes. Holds
 * scratch space: used by one thread.
 */
interface RowFilter {
  /**
   * Filters one row.
   *
   * @param rgb the picture, R G B
   * @param from where source pixel 0 of the row lies, in bytes; it may lie before the array where
   *     the taps do not reach it
   * @param to where the row's first output goes, in bytes
   */
  void filter(byte[] rgb, int from, byte[] out, int to);

  /** Returns the fastest filter for this machine. */
  static RowFilter of(Taps columns) {
    return VectorModule.PRESENT && Simd.WIDE_ENOUGH
        ? Simd.filter(columns)
        : new ScalarRowFilter(columns);
  }

  /** Of the JDK's vectors. */
  final class VectorModule {
    private static final boolean PRESENT =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorModule() {}
  }

  /** Kept apart so that {@link SimdRowFilter} is linked only where its module is present. */
  final class Simd {
    private static final boolean WIDE_ENOUGH = SimdRowFilter.isSupported();

    private Simd() {}

    private static RowFilter filter(Taps columns) {
      return new SimdRowFilter(columns);
    }
  }
}
