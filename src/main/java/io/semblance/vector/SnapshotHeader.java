package io.semblance.vector;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a snapshot says about itself.
 *
 * @param dimension of its vectors
 * @param rows number of rows
 * @param sequence the index's sequence number as of which it was taken
 * @param attributes what the writer wanted kept, see {@link VectorIndex#prepareSnapshot}
 */
public record SnapshotHeader(
    int dimension, long rows, long sequence, Map<String, String> attributes) {
  public SnapshotHeader {
    attributes = Map.copyOf(attributes);
  }

  /**
   * Reads and checks a snapshot's header, and that its last byte is where it should be, without
   * reading its rows.
   *
   * @throws TornSnapshotException if the file is incomplete or the header's checksum is wrong
   * @throws ForeignSnapshotException if it is no snapshot or one of another version
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static SnapshotHeader read(Path file) throws IOException {
    try (SnapshotReader reader = new SnapshotReader(file)) {
      return reader.header();
    }
  }

  /**
   * Reads a snapshot's header, and reads the whole file once to check its rows' checksum.
   *
   * @throws TornSnapshotException if the file is incomplete or a checksum is wrong
   * @throws ForeignSnapshotException if it is no snapshot or one of another version
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static SnapshotHeader readAndVerify(Path file) throws IOException {
    try (SnapshotReader reader = new SnapshotReader(file)) {
      reader.verifyBody();
      return reader.header();
    }
  }
}
