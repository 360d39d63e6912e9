package io.semblance.vector;

import java.nio.file.Path;

/** A snapshot that is incomplete or damaged: delete it and build the index from its source. */
public final class TornSnapshotException extends SnapshotException {
  private static final long serialVersionUID = 1L;

  TornSnapshotException(Path file, String cause) {
    super("snapshot " + file + " is torn: " + cause);
  }
}
