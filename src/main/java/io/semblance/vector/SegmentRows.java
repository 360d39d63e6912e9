package io.semblance.vector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All about a segment's rows but their vectors and codes, as of one snapshot: a file that is never
 * changed. Slots without a row of the snapshot hold zeros, so that nothing of deleted rows remains.
 * Little-endian, R rows per segment.
 *
 * <pre>
 *   | magic 8 | segment 4 | R 4 | named: R bits | searchable: R bits |
 *   | born: R × 8 | tenants: R × 4 | categories: R × 4 | vectors' CRC-32C: R × 4 |
 *   | strings: count 4, string* |              tenants and categories are their numbers
 *   | ids' ends: R × 4 | ids | payloads' ends: R × 4 | payloads |
 *   | code bounds: count 4, float32* |                        and if there are any bounds:
 *   | coded: R bits | blocks' codes' CRC-32C: R / 64 × 4 |
 *   | CRC-32C of all before 4 |
 * </pre>
 *
 * <p>The CRC-32C of a block's codes takes the lanes of rows without a code as zero, since those may
 * be written at any time.
 */
final class SegmentRows {
  private static final long MAGIC = LittleEndianBytes.magic("SEMBLROW");

  /** The codes of a segment, for its file. */
  record CodeState(RowCodes codes, RowCodes.State state) {}

  private final long[] named;
  private final long[] searchable;
  private final long[] born;
  private final int[] tenants;
  private final int[] categories;
  private final int[] checksums;
  private final String[] strings;
  private final @Nullable String[] ids;
  private final Payloads payloads;
  private final float[] codeBounds;
  private final long[] coded;
  private final int[] codeChecksums;

  private SegmentRows(SnapshotFile file, int rows) throws IOException {
    int blocks = rows / RowSegment.ROWS_PER_BLOCK;
    this.named = file.getLongs(blocks);
    this.searchable = file.getLongs(blocks);
    this.born = file.getLongs(rows);
    this.tenants = file.getInts(rows);
    this.categories = file.getInts(rows);
    this.checksums = file.getInts(rows);
    this.strings = new String[file.getCount(Integer.BYTES)];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = file.getString();
    }
    this.ids = readIds(file, rows);
    this.payloads = readPayloads(file, rows);
    this.codeBounds = file.getFloats(file.getCount(Float.BYTES));
    this.coded = codeBounds.length == 0 ? new long[0] : file.getLongs(blocks);
    this.codeChecksums = codeBounds.length == 0 ? new int[0] : file.getInts(blocks);
    file.finish();
  }

  private @Nullable String[] readIds(SnapshotFile file, int rows) throws IOException {
    int[] ends = file.getInts(rows);
    byte[] bytes = file.getBytes(ends[rows - 1]);
    @Nullable String[] read = new String[rows];
    for (int slot = 0; slot < rows; slot++) {
      if (isNamed(slot)) {
        int from = slot == 0 ? 0 : ends[slot - 1];
        read[slot] = new String(bytes, from, ends[slot] - from, StandardCharsets.UTF_8);
      }
    }
    return read;
  }

  private static Payloads readPayloads(SnapshotFile file, int rows) throws IOException {
    int[] ends = file.getInts(rows);
    return new Payloads(file.getBytes(ends[rows - 1]), ends);
  }

  /**
   * Reads the file that a manifest names.
   *
   * @throws TornSnapshotException if it is missing or damaged
   */
  static SegmentRows read(IndexDirectory directory, Manifest manifest, int number)
      throws IOException {
    Manifest.NamedSegment named = manifest.segments().get(number);
    Path path = directory.rows(number, named.rowsGeneration());
    SnapshotFile file =
        SnapshotFile.read(directory.files(), path, MAGIC, named.length(), named.checksum());
    if (file.getInt() != number || file.getInt() != manifest.rowsPerSegment()) {
      throw new TornSnapshotException(path, "it belongs to another segment");
    }
    return new SegmentRows(file, manifest.rowsPerSegment());
  }

  /**
   * Returns the file's bytes.
   *
   * @param named the rows of the snapshot, by blocks
   */
  static ByteBuffer encode(
      RowSegment segment,
      long[] named,
      IntFunction<String> tenantOf,
      IntFunction<String> categoryOf,
      @Nullable CodeState codes) {
    int rows = named.length * RowSegment.ROWS_PER_BLOCK;
    long[] searchable = new long[named.length];
    long[] born = new long[rows];
    int[] tenants = new int[rows];
    int[] categories = new int[rows];
    int[] checksums = new int[rows];
    Map<String, Integer> strings = new LinkedHashMap<>();
    List<byte[]> ids = new ArrayList<>();
    List<byte[]> payloads = new ArrayList<>();
    int[] idEnds = new int[rows];
    int[] payloadEnds = new int[rows];
    int idBytes = 0;
    int payloadBytes = 0;
    for (int slot = 0; slot < rows; slot++) {
      int block = slot / RowSegment.ROWS_PER_BLOCK;
      if (((named[block] >>> slot) & 1) != 0) {
        searchable[block] |= segment.searchable(block) & (1L << slot);
        born[slot] = segment.born(slot);
        tenants[slot] = number(strings, tenantOf.apply(segment.tenant(slot)));
        categories[slot] = number(strings, categoryOf.apply(segment.category(slot)));
        checksums[slot] = segment.checksum(slot);
        byte[] id = segment.id(slot).getBytes(StandardCharsets.UTF_8);
        ids.add(id);
        idBytes = Math.addExact(idBytes, id.length);
        byte[] payload = segment.payload(slot);
        payloads.add(payload);
        payloadBytes = Math.addExact(payloadBytes, payload.length);
      }
      idEnds[slot] = idBytes;
      payloadEnds[slot] = payloadBytes;
    }
    LittleEndianBytes bytes =
        new LittleEndianBytes()
            .putLong(MAGIC)
            .putInt(segment.number())
            .putInt(rows)
            .putLongs(named)
            .putLongs(searchable)
            .putLongs(born)
            .putInts(tenants)
            .putInts(categories)
            .putInts(checksums)
            .putInt(strings.size());
    strings.keySet().forEach(bytes::putString);
    bytes.putInts(idEnds);
    ids.forEach(bytes::putBytes);
    bytes.putInts(payloadEnds);
    payloads.forEach(bytes::putBytes);
    putCodes(bytes, named, codes);
    return bytes.finish();
  }

  private static int number(Map<String, Integer> strings, String string) {
    Integer known = strings.putIfAbsent(string, strings.size());
    return known == null ? strings.size() - 1 : known;
  }

  private static void putCodes(LittleEndianBytes bytes, long[] named, @Nullable CodeState state) {
    if (state == null) {
      bytes.putInt(0);
      return;
    }
    float[] bounds = state.state().bounds();
    long[] coded = state.state().coded();
    for (int block = 0; block < coded.length; block++) {
      coded[block] &= named[block];
    }
    bytes.putInt(bounds.length).putFloats(bounds).putLongs(coded);
    CodeChecksums checksums = new CodeChecksums(state.codes().layout());
    for (int block = 0; block < named.length; block++) {
      bytes.putInt(checksums.of(state.codes().codes(), block, coded[block]));
    }
  }

  boolean isNamed(int slot) {
    return ((named[slot / RowSegment.ROWS_PER_BLOCK] >>> slot) & 1) != 0;
  }

  /** Returns the rows of the snapshot, by blocks; not a copy, like all arrays here. */
  long[] named() {
    return named;
  }

  long[] searchable() {
    return searchable;
  }

  long[] born() {
    return born;
  }

  /** Returns numbers of {@link #strings}. */
  int[] tenants() {
    return tenants;
  }

  /** Returns numbers of {@link #strings}. */
  int[] categories() {
    return categories;
  }

  int[] checksums() {
    return checksums;
  }

  String[] strings() {
    return strings;
  }

  @Nullable String[] ids() {
    return ids;
  }

  Payloads payloads() {
    return payloads;
  }

  /** Returns the rows that have a code, by blocks; none if the segment had no codes. */
  long[] coded() {
    return coded;
  }

  float[] codeBounds() {
    return codeBounds;
  }

  /** Returns one checksum for each block; none if the segment had no codes. */
  int[] codeChecksums() {
    return codeChecksums;
  }
}
