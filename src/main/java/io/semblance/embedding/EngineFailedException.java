package io.semblance.embedding;

/** The engine fails whatever it is given: the fault is this instance's, and no image's. */
public final class EngineFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
