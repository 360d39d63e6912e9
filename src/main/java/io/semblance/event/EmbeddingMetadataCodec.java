package io.semblance.event;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Embedding metadata as compact bytes, kept beside each vector of an index. The model is left out:
 * it is the same for every row of an index.
 *
 * <pre>
 *   byte version | 32 bytes content hash | int width | int height | byte low information
 *   | long seconds, int nanoseconds of the upload | UTF event id | UTF source
 *   | short count, then UTF name and UTF value of each extension
 * </pre>
 */
public final class EmbeddingMetadataCodec {
  private static final byte VERSION = 1;
  private static final int CONTENT_HASH_BYTES = 32;
  private static final HexFormat HEX = HexFormat.of();

  private final String modelId;
  private final String modelVersion;
  private final String modelFingerprint;

  /** Creates a codec for the rows of one model's index. */
  public EmbeddingMetadataCodec(String modelId, String modelVersion, String modelFingerprint) {
    this.modelId = modelId;
    this.modelVersion = modelVersion;
    this.modelFingerprint = modelFingerprint;
  }

  /** Returns {@code metadata} as bytes; its model must be this codec's. */
  public byte[] encode(EmbeddingMetadata metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(160);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      byte[] hash = HEX.parseHex(metadata.contentHash());
      if (hash.length != CONTENT_HASH_BYTES) {
        throw new InvalidEventException(
            "ce_contenthash is \"%s\", not a hexadecimal SHA-256"
                .formatted(metadata.contentHash()));
      }
      out.write(hash);
      out.writeInt(metadata.width());
      out.writeInt(metadata.height());
      out.writeBoolean(metadata.lowInformation());
      EventMetadata upload = metadata.upload();
      Instant time = upload.time();
      out.writeLong(time.getEpochSecond());
      out.writeInt(time.getNano());
      out.writeUTF(upload.eventId());
      out.writeUTF(upload.source());
      out.writeShort(upload.extensions().size());
      for (Map.Entry<String, String> extension : upload.extensions().entrySet()) {
        out.writeUTF(extension.getKey());
        out.writeUTF(extension.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Returns what {@link #encode} encoded.
   *
   * @throws InvalidEventException if the bytes are of another version
   */
  public EmbeddingMetadata decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new InvalidEventException(
            "row metadata of version %d: this release reads version %d"
                .formatted(version, VERSION));
      }
      String contentHash = HEX.formatHex(in.readNBytes(CONTENT_HASH_BYTES));
      int width = in.readInt();
      int height = in.readInt();
      boolean lowInformation = in.readBoolean();
      long seconds = in.readLong();
      Instant time = Instant.ofEpochSecond(seconds, in.readInt());
      String eventId = in.readUTF();
      String source = in.readUTF();
      int count = in.readUnsignedShort();
      Map<String, String> extensions = HashMap.newHashMap(count);
      for (int i = 0; i < count; i++) {
        String name = in.readUTF();
        extensions.put(name, in.readUTF());
      }
      return new EmbeddingMetadata(
          modelId,
          modelVersion,
          modelFingerprint,
          contentHash,
          width,
          height,
          lowInformation,
          new EventMetadata(eventId, source, time, extensions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
