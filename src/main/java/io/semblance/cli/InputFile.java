package io.semblance.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that a command reads, because the command line names it or a folder that holds it.
 *
 * @param path where it lies
 */
record InputFile(Path path) {
  /** Largest file that is sent to the service, in bytes; the service has limits of its own. */
  static final long SENT_BYTES_MAX = 100L << 20;

  /**
   * Returns the file's bytes.
   *
   * @param bytesMax more are not read into memory
   * @throws IOException if it cannot be read or is too large; the message names cause and remedy
   */
  byte[] read(long bytesMax) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException("there is no file %s: check the path".formatted(path));
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException("%s is not a file: name one".formatted(path));
    }
    if (!Files.isReadable(path)) {
      throw new IOException("%s may not be read: give yourself the right to".formatted(path));
    }
    long bytes = Files.size(path);
    if (bytes > bytesMax) {
      throw new IOException(
          "%s has %d bytes, and at most %d can be sent: make it smaller"
              .formatted(path, bytes, bytesMax));
    }
    return Files.readAllBytes(path);
  }
}
