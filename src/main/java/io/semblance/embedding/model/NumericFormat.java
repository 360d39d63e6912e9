package io.semblance.embedding.model;

import java.util.Arrays;
import java.util.Locale;

/** In which numbers a network computes. Pictures, token ids and vectors are the same in all. */
public enum NumericFormat {
  /** As every reference computes, and what thresholds are measured in. */
  FLOAT32("fp32"),
  /** Eight bits of mantissa: on CPUs with AVX512-BF16 or AMX. */
  BFLOAT16("bf16"),
  /** Eleven bits of mantissa: on GPUs; on CPUs of ONNX networks made so. */
  FLOAT16("fp16");

  /**
   * Lowest cosine similarity to a golden vector that another format than float32 may give, 8
   * degrees off. Networks that run as they should were measured at 0.9967 and above.
   */
  static final float SIMILARITY_MIN = 0.99f;

  private final String suffix;

  NumericFormat(String suffix) {
    this.suffix = suffix;
  }

  /**
   * Returns the format that {@code text} names.
   *
   * @throws IllegalArgumentException if it names none
   */
  public static NumericFormat parse(String text) {
    String name = text.strip().toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(one -> one.toString().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "semblance.model.numeric-format is \"%s\": float32, bfloat16 or float16"
                    .formatted(text)));
  }

  /** Returns by what the names of files in this format end, before the dot. */
  String suffix() {
    return suffix;
  }

  /** Returns whether vectors that agree so with float32's are near enough. */
  boolean accepts(VectorAgreement agreement) {
    return this == FLOAT32
        ? agreement.deviation() <= GoldenVectors.DEVIATION_MAX
        : agreement.similarity() >= SIMILARITY_MIN;
  }

  /** Returns the name by which settings know it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
