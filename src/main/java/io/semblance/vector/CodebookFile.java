package io.semblance.vector;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A codebook on disk, never changed. Little-endian.
 *
 * <pre>
 *   | magic 8 | dimension D 4 | deviation, sample's loss: float64 | slabs by dimension 4 |
 *   | axes: D × D float32, axis by axis |
 *   | offsets, steps: 31 × slabs each | tails' bases, tails' steps: slabs each |
 *   | CRC-32C of all before 4 |
 * </pre>
 */
final class CodebookFile {
  private static final long MAGIC = LittleEndianBytes.magic("SEMBLCBK");

  private CodebookFile() {}

  static ByteBuffer encode(Codebook codebook) {
    Codebook.Parts parts = codebook.parts();
    LittleEndianBytes bytes =
        new LittleEndianBytes()
            .putLong(MAGIC)
            .putInt(codebook.dimension())
            .putDouble(parts.deviation())
            .putDouble(parts.sampleLoss())
            .putInt(parts.slabsByDimension());
    for (float[] axis : parts.axes()) {
      bytes.putFloats(axis);
    }
    return bytes
        .putFloats(parts.offsets())
        .putFloats(parts.steps())
        .putFloats(parts.tailBases())
        .putFloats(parts.tailSteps())
        .finish();
  }

  /**
   * Reads a codebook of a manifest.
   *
   * @throws TornSnapshotException if it is missing or damaged
   */
  static Codebook read(IndexDirectory directory, Manifest.NamedCodebook named, int dimension)
      throws IOException {
    SnapshotFile bytes =
        SnapshotFile.read(
            directory.files(),
            directory.codebook(named.generation()),
            MAGIC,
            named.length(),
            named.checksum());
    if (bytes.getInt() != dimension) {
      throw new TornSnapshotException(bytes.file(), "it is of another dimension than the index");
    }
    double deviation = bytes.getDouble();
    double sampleLoss = bytes.getDouble();
    int slabsByDimension = bytes.getInt();
    float[][] axes = new float[dimension][];
    for (int i = 0; i < dimension; i++) {
      axes[i] = bytes.getFloats(dimension);
    }
    int slabs = Codebook.slabs(dimension);
    int length = slabs * Codebook.SLAB_DIMENSIONS;
    Codebook.Parts parts =
        new Codebook.Parts(
            axes,
            deviation,
            sampleLoss,
            slabsByDimension,
            bytes.getFloats(length),
            bytes.getFloats(length),
            bytes.getFloats(slabs),
            bytes.getFloats(slabs));
    bytes.finish();
    return new Codebook(parts);
  }
}
