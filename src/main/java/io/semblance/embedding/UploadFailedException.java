package io.semblance.embedding;

/**
 * An upload has no embedding; it goes to the dead letters with this message: a stable reason in
 * capitals, a colon, the cause and the remedy.
 */
public final class UploadFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UploadFailedException(String message) {
    super(message);
  }

  UploadFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
