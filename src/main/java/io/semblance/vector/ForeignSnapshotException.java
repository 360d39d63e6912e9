package io.semblance.vector;

import java.nio.file.Path;

/** A file that is no snapshot, or one of another format version or dimension. */
public final class ForeignSnapshotException extends SnapshotException {
  private static final long serialVersionUID = 1L;

  ForeignSnapshotException(Path file, String cause) {
    super("snapshot " + file + " is foreign: " + cause);
  }
}
