package io.semblance.store;

/**
 * The state directory holds an index of another model. Vectors of two models must not be compared,
 * so the index is refused; the message names both models and the remedy.
 */
public final class ForeignSnapshotException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ForeignSnapshotException(String message) {
    super(message);
  }
}
