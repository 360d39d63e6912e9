package io.semblance.vector;

/** Placeholder contract, completed by the index. */
public final class VectorIndex {
  /** Largest {@link IndexRow#payload()}, in bytes. */
  public static final int PAYLOAD_BYTES_MAX = 16 * 1024;

  /** Largest {@link SearchRequest#limit()}. */
  public static final int LIMIT_MAX = 10_000;

  private VectorIndex() {}

  /** Returns the sequence number of the row put last. */
  public long sequence() {
    return 0;
  }
}
