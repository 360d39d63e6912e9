package io.semblance.vector;

import java.io.IOException;

/** A snapshot file that cannot be used, as opposed to one that cannot be read or written. */
public abstract sealed class SnapshotException extends IOException
    permits TornSnapshotException, ForeignSnapshotException {
  private static final long serialVersionUID = 1L;

  SnapshotException(String message) {
    super(message);
  }
}
