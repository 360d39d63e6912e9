package io.semblance.vector;

/** Thrown by every operation on an index after {@link VectorIndex#close()}. */
public final class IndexClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  IndexClosedException() {
    super("the vector index is closed");
  }
}
