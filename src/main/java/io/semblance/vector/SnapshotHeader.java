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
   * Reads what the manifest of a directory says, without looking at the files that it names.
   *
   * @throws TornSnapshotException if the manifest is not whole
   * @throws ForeignSnapshotException if it is none, or one of another version
   * @throws java.nio.file.NoSuchFileException if there is no snapshot
   */
  public static SnapshotHeader read(Path directory) throws IOException {
    return new IndexDirectory(directory, new FileOperations()).readManifest().header();
  }

  /**
   * Reads the manifest of a directory and checks all files that it names, but vectors for their
   * length alone: those are checked as they are first looked at.
   *
   * @throws TornSnapshotException if a file is missing, incomplete or damaged
   * @throws ForeignSnapshotException if there is no manifest, or one of another version
   * @throws java.nio.file.NoSuchFileException if there is no snapshot
   */
  public static SnapshotHeader readAndVerify(Path directory) throws IOException {
    return SnapshotReader.verify(new IndexDirectory(directory, new FileOperations()));
  }
}
