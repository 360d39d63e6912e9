package io.semblance.vector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The file that makes a snapshot of all others: what it names is the index's state, and nothing
 * else is. Replaced atomically. Little-endian; strings are UTF-8 with an int length.
 *
 * <pre>
 *   | magic 8 | version 4 | dimension 4 | rows per segment 4 | rows 8 | sequence 8 | slots used 8 |
 *   | attributes: count 4 | (name, value)* |
 *   | codebooks:  count 4 | (generation 4, length 8, CRC-32C 4)* |
 *   | segments:   count 4 | (rows generation 4, length 8, CRC-32C 4, codebook generation 4)* |
 *   | CRC-32C of all before 4 |
 * </pre>
 *
 * @param slotsUsed slots below this may hold rows
 * @param codebooks those by which some segment is coded
 * @param segments by their numbers
 */
record Manifest(
    SnapshotHeader header,
    int rowsPerSegment,
    long slotsUsed,
    List<NamedCodebook> codebooks,
    List<NamedSegment> segments) {
  private static final long MAGIC = LittleEndianBytes.magic("SEMBLIDX");
  static final int VERSION = 3;

  /** Codebook generation of a segment without codes. */
  static final int NO_CODES = 0;

  private static final int SEGMENT_BYTES = 4 + 8 + 4 + 4;
  private static final int CODEBOOK_BYTES = 4 + 8 + 4;

  /** Largest size of all attributes. */
  private static final int ATTRIBUTES_BYTES_MAX = 1 << 20;

  /** A codebook's file. */
  record NamedCodebook(int generation, long length, int checksum) {}

  /** A segment's files. */
  record NamedSegment(int rowsGeneration, long length, int checksum, int codebookGeneration) {}

  /** Returns the file's bytes. */
  ByteBuffer encode() {
    LittleEndianBytes bytes =
        new LittleEndianBytes()
            .putLong(MAGIC)
            .putInt(VERSION)
            .putInt(header.dimension())
            .putInt(rowsPerSegment)
            .putLong(header.rows())
            .putLong(header.sequence())
            .putLong(slotsUsed);
    bytes.putInt(header.attributes().size());
    new TreeMap<>(header.attributes())
        .forEach((name, value) -> bytes.putString(name).putString(value));
    bytes.putInt(codebooks.size());
    for (NamedCodebook one : codebooks) {
      bytes.putInt(one.generation()).putLong(one.length()).putInt(one.checksum());
    }
    bytes.putInt(segments.size());
    for (NamedSegment one : segments) {
      bytes
          .putInt(one.rowsGeneration())
          .putLong(one.length())
          .putInt(one.checksum())
          .putInt(one.codebookGeneration());
    }
    return bytes.finish();
  }

  /**
   * Refuses attributes that are too large.
   *
   * @throws IllegalArgumentException if they are
   */
  static void checkAttributes(Map<String, String> attributes) {
    long length = 0;
    for (Map.Entry<String, String> entry : attributes.entrySet()) {
      length += 4L * (entry.getKey().length() + entry.getValue().length());
    }
    if (length > ATTRIBUTES_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the snapshot's attributes take up to %d bytes, more than the %d allowed"
              .formatted(length, ATTRIBUTES_BYTES_MAX));
    }
  }

  /**
   * Reads and checks the manifest, not the files that it names.
   *
   * @throws TornSnapshotException if it is not whole
   * @throws ForeignSnapshotException if it is none, or one of another version
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  static Manifest read(FileOperations files, Path file) throws IOException {
    SnapshotFile bytes = SnapshotFile.read(files, file, MAGIC);
    int version = bytes.getInt();
    if (version != VERSION) {
      throw new ForeignSnapshotException(
          file,
          "its format version is %d, this program reads version %d".formatted(version, VERSION));
    }
    bytes.checkChecksum();
    int dimension = bytes.getInt();
    int rowsPerSegment = bytes.getInt();
    long rows = bytes.getLong();
    long sequence = bytes.getLong();
    long slotsUsed = bytes.getLong();
    Map<String, String> attributes = new HashMap<>();
    for (int left = bytes.getCount(2 * Integer.BYTES); left > 0; left--) {
      attributes.put(bytes.getString(), bytes.getString());
    }
    List<NamedCodebook> codebooks = new ArrayList<>();
    for (int left = bytes.getCount(CODEBOOK_BYTES); left > 0; left--) {
      codebooks.add(new NamedCodebook(bytes.getInt(), bytes.getLong(), bytes.getInt()));
    }
    List<NamedSegment> segments = new ArrayList<>();
    for (int left = bytes.getCount(SEGMENT_BYTES); left > 0; left--) {
      segments.add(
          new NamedSegment(bytes.getInt(), bytes.getLong(), bytes.getInt(), bytes.getInt()));
    }
    bytes.finish();
    return new Manifest(
        new SnapshotHeader(dimension, rows, sequence, attributes),
        rowsPerSegment,
        slotsUsed,
        codebooks,
        segments);
  }

  /** Returns all files that make up the snapshot, the manifest's own among them. */
  Set<Path> files(IndexDirectory directory) {
    Set<Path> named = new HashSet<>();
    named.add(directory.manifest());
    codebooks.forEach(one -> named.add(directory.codebook(one.generation())));
    for (int number = 0; number < segments.size(); number++) {
      NamedSegment one = segments.get(number);
      named.add(directory.vectors(number));
      named.add(directory.rows(number, one.rowsGeneration()));
      if (one.codebookGeneration() != NO_CODES) {
        named.add(directory.codes(number, one.codebookGeneration()));
      }
    }
    return named;
  }
}
