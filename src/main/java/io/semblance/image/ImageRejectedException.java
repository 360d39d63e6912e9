package io.semblance.image;

/**
 * An image cannot be used. It concerns that image alone. The message names cause and remedy; {@link
 * #reason()} is stable, for metrics and machine-readable answers.
 */
public final class ImageRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why an image was rejected. */
  public enum Reason {
    /** There are no bytes. */
    EMPTY,
    /** More bytes than the byte limit. */
    TOO_MANY_BYTES,
    /** The bytes are of no allowed format. */
    UNSUPPORTED_FORMAT,
    /** The header claims more pixels than the pixel limit. */
    TOO_MANY_PIXELS,
    /** A progressive JPEG with more scans than the scan limit. */
    TOO_MANY_SCANS,
    /** The bytes end early or are damaged. */
    CORRUPT,
    /** The reference may not be fetched: scheme, host or address is not allowed. */
    REFERENCE_FORBIDDEN,
    /** The reference could not be fetched. */
    REFERENCE_UNREACHABLE,
    /** Fetching took longer than the time limit. */
    REFERENCE_TIMEOUT
  }

  private final Reason reason;

  public ImageRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public ImageRejectedException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Returns the stable reason. */
  public Reason reason() {
    return reason;
  }
}
