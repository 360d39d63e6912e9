package io.semblance.vector;

import java.nio.file.Path;

/**
 * The vector of a row is no longer what was written: its file is damaged. The index cannot answer
 * exactly any more. Discard its directory ({@link IndexDirectory#discard}) and build it again from
 * its source.
 */
public final class DamagedRowException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  DamagedRowException(Path file, int slot, String id) {
    super(
        ("the vector of row '%s' (row %d of %s) is damaged: its checksum is wrong. Was the disk"
                + " failing, or the file changed by something else?")
            .formatted(id, slot, file));
  }
}
