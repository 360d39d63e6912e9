package io.semblance.vector;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * A file that holds all rows of an index, and what its owner wrote beside them.
 *
 * <pre>
 *   long magic | int version | int dimension | int count, then UTF name and UTF value of each property
 *   | long rows | row … | long CRC-32C of everything before
 *   row: UTF id | UTF tenant | UTF category | boolean searchable
 *        | int length and bytes of the payload | dimension × float32, big-endian
 * </pre>
 *
 * <p>Written to a neighbouring file, forced to the disk and renamed, so that the name always holds
 * a whole snapshot. A deleted row leaves no bytes in the next one.
 */
public final class IndexSnapshot {
  private static final long MAGIC = 0x53454d424c494458L; // "SEMBLIDX"
  private static final int VERSION = 1;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int PROPERTIES_MAX = 64;

  private final int dimension;
  private final Map<String, String> properties;
  private final long rows;

  private IndexSnapshot(int dimension, Map<String, String> properties, long rows) {
    this.dimension = dimension;
    this.properties = Map.copyOf(properties);
    this.rows = rows;
  }

  /** A snapshot cannot be used: it is torn, or no snapshot of this release. */
  public static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableException(Path file, String cause) {
      super("the snapshot %s is unreadable: %s".formatted(file, cause));
    }
  }

  /** Returns the dimension of the rows. */
  public int dimension() {
    return dimension;
  }

  /** Returns what the owner wrote beside the rows. */
  public Map<String, String> properties() {
    return properties;
  }

  /** Returns how many rows there are. */
  public long rows() {
    return rows;
  }

  /**
   * Writes every row of {@code index} to {@code file}, replacing an earlier snapshot when all of it
   * is on the disk. Called by the index's writer.
   *
   * @throws IOException if the disk refuses; the earlier snapshot is then untouched
   */
  public static void write(Path file, VectorIndex index, Map<String, String> properties)
      throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      CRC32C checksum = new CRC32C();
      OutputStream plain =
          new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      DataOutputStream out = new DataOutputStream(new CheckedOutputStream(plain, checksum));
      writeHeader(out, index, properties);
      index.forEachRow(row -> writeRow(out, row));
      out.writeLong(checksum.getValue());
      out.flush();
      channel.force(true);
    } catch (UncheckedIOException e) {
      Files.deleteIfExists(unfinished);
      throw e.getCause();
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Reads what stands at the head of {@code file}, after its checksum was found right.
   *
   * @throws UnreadableException if the file is torn or of another kind or version
   * @throws IOException if the disk refuses
   */
  public static IndexSnapshot verify(Path file) throws IOException {
    requireChecksum(file);
    try (DataInputStream in = open(file)) {
      return readHeader(file, in);
    }
  }

  /**
   * Puts every row of {@code file} into {@code index}. Called by the index's writer.
   *
   * @throws UnreadableException if the file is torn, or of another kind, version or dimension
   * @throws IOException if the disk refuses
   */
  public static IndexSnapshot load(Path file, VectorIndex index) throws IOException {
    requireChecksum(file);
    try (DataInputStream in = open(file)) {
      IndexSnapshot snapshot = readHeader(file, in);
      if (snapshot.dimension != index.dimension()) {
        throw new UnreadableException(
            file, "dimension %d, not %d".formatted(snapshot.dimension, index.dimension()));
      }
      byte[] vector = new byte[snapshot.dimension * Float.BYTES];
      for (long i = 0; i < snapshot.rows; i++) {
        index.put(readRow(in, vector));
      }
      return snapshot;
    } catch (EOFException e) {
      throw new UnreadableException(file, "it ends early");
    }
  }

  private static void writeHeader(
      DataOutputStream out, VectorIndex index, Map<String, String> properties) throws IOException {
    out.writeLong(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(index.dimension());
    out.writeInt(properties.size());
    for (Map.Entry<String, String> property : new TreeMap<>(properties).entrySet()) {
      out.writeUTF(property.getKey());
      out.writeUTF(property.getValue());
    }
    out.writeLong(index.statistics().rows());
  }

  private static IndexSnapshot readHeader(Path file, DataInputStream in) throws IOException {
    if (in.readLong() != MAGIC) {
      throw new UnreadableException(file, "it is no snapshot of an index");
    }
    int version = in.readInt();
    if (version != VERSION) {
      throw new UnreadableException(
          file, "version %d, but this release reads %d".formatted(version, VERSION));
    }
    int dimension = in.readInt();
    int count = in.readInt();
    if (count < 0 || count > PROPERTIES_MAX) {
      throw new UnreadableException(file, count + " properties");
    }
    Map<String, String> properties = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String name = in.readUTF();
      properties.put(name, in.readUTF());
    }
    return new IndexSnapshot(dimension, properties, in.readLong());
  }

  private static void writeRow(DataOutputStream out, IndexRow row) {
    try {
      out.writeUTF(row.id());
      out.writeUTF(row.tenant());
      out.writeUTF(row.category());
      out.writeBoolean(row.searchable());
      out.writeInt(row.payload().length);
      out.write(row.payload());
      ByteBuffer vector = ByteBuffer.allocate(row.vector().length * Float.BYTES);
      vector.asFloatBuffer().put(row.vector());
      out.write(vector.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static IndexRow readRow(DataInputStream in, byte[] vectorBytes) throws IOException {
    String id = in.readUTF();
    String tenant = in.readUTF();
    String category = in.readUTF();
    boolean searchable = in.readBoolean();
    byte[] payload = in.readNBytes(in.readInt());
    in.readFully(vectorBytes);
    float[] vector = new float[vectorBytes.length / Float.BYTES];
    ByteBuffer.wrap(vectorBytes).asFloatBuffer().get(vector);
    return new IndexRow(id, vector, tenant, category, payload, searchable);
  }

  private static DataInputStream open(Path file) throws IOException {
    return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
  }

  private static void requireChecksum(Path file) throws IOException {
    long checkedBytes = Files.size(file) - Long.BYTES;
    if (checkedBytes < Long.BYTES) {
      throw new UnreadableException(file, "it ends early");
    }
    CRC32C checksum = new CRC32C();
    try (InputStream plain = Files.newInputStream(file);
        CheckedInputStream in = new CheckedInputStream(plain, checksum)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (long left = checkedBytes; left > 0; ) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw new UnreadableException(file, "it ends early");
        }
        left -= read;
      }
      long expected = new DataInputStream(plain).readLong();
      if (checksum.getValue() != expected) {
        throw new UnreadableException(file, "its checksum is wrong: it was not written whole");
      }
    }
  }
}
