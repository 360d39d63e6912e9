package io.semblance.cli.bench;

import io.semblance.vector.IndexDirectory;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Fills indexes, and says at what cost. */
final class Insertions {
  /** About what the store keeps of an embedding's headers. */
  private static final byte[] PAYLOAD = new byte[200];

  private static final int ROWS_AT_A_TIME = 1_000;

  private static final Duration CODES_TIME_LIMIT = Duration.ofMinutes(10);

  private Insertions() {}

  /**
   * A filled index.
   *
   * @param rowsPerSecond for each core: rows by the processor time of this whole process until they
   *     are coded, threads of the index, of the compiler and of the collector included
   */
  record Filled(VectorIndex index, double rowsPerSecond) {}

  /**
   * Puts the file's first {@code count} rows into a new index, and waits for their codes.
   *
   * @param directory of the index; what was in it goes
   */
  static Filled fill(VectorFile rows, long count, Path directory)
      throws IOException, InterruptedException {
    IndexDirectory.discard(directory);
    VectorIndex index = VectorIndex.open(IndexOptions.ofDimension(rows.dimension()), directory);
    long preparing = 0;
    long before = ProcessorTime.ofProcess();
    List<IndexRow> chunk = new ArrayList<>(ROWS_AT_A_TIME);
    for (long next = 0; next < count; ) {
      long started = ProcessorTime.ofThread();
      chunk.clear();
      for (; chunk.size() < ROWS_AT_A_TIME && next < count; next++) {
        float[] vector = new float[rows.dimension()];
        rows.read(next, vector);
        chunk.add(row(CanonicalScan.id(next), vector));
      }
      preparing += ProcessorTime.ofThread() - started;
      chunk.forEach(index::put);
    }
    if (!index.awaitCodes(CODES_TIME_LIMIT)) {
      throw new IllegalStateException("the rows are not coded within " + CODES_TIME_LIMIT);
    }
    long used = ProcessorTime.ofProcess() - before - preparing;
    long nanos = Math.max(ProcessorTime.PROCESS_TICK_NANOS, used);
    return new Filled(index, count * 1e9 / nanos);
  }

  /** Returns a row as the store would put it. */
  static IndexRow row(String id, float[] vector) {
    return new IndexRow(id, vector, "", "", PAYLOAD, true);
  }
}
