package io.semblance.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The canonical inner product in plain Java: the twin that every SIMD kernel must agree with. */
final class ScalarDotProducts implements DotProducts {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void scoreRows(
      float[] query, MemorySegment rows, long blockOffset, int stride, long mask, float[] scores) {
    float[] row = new float[stride];
    float[] lanes = new float[LANES];
    for (long left = mask; left != 0; left &= left - 1) {
      int index = Long.numberOfTrailingZeros(left);
      long offset = blockOffset + (long) index * stride * Float.BYTES;
      MemorySegment.copy(rows, FLOAT, offset, row, 0, stride);
      scores[index] = dot(query, row, stride, lanes);
    }
  }

  private static float dot(float[] query, float[] row, int stride, float[] lanes) {
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = 0f;
    }
    for (int start = 0; start < stride; start += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = Math.fma(row[start + lane], query[start + lane], lanes[lane]);
      }
    }
    for (int lane = 0; lane < 16; lane++) {
      lanes[lane] = (lanes[lane] + lanes[lane + 16]) + (lanes[lane + 32] + lanes[lane + 48]);
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  @Override
  public String name() {
    return "scalar";
  }
}
