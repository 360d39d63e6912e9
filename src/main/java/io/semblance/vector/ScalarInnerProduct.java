package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The twin of the SIMD kernels, in plain Java: the same bits, many times slower. */
final class ScalarInnerProduct implements InnerProduct {
  @Override
  public float of(MemorySegment rows, long offset, float[] query, int length) {
    float[] lanes = new float[LANES];
    for (int start = 0; start < length; start += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        int component = start + lane;
        float value =
            rows.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + (long) component * Float.BYTES);
        lanes[lane] = Math.fma(value, query[component], lanes[lane]);
      }
    }
    for (int lane = 0; lane < 16; lane++) {
      lanes[lane] = (lanes[lane] + lanes[lane + 16]) + (lanes[lane + 32] + lanes[lane + 48]);
    }
    for (int half = 8; half >= 1; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  @Override
  public String description() {
    return "scalar";
  }
}
