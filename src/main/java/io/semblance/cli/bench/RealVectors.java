package io.semblance.cli.bench;

/**
 * Vectors of a file. Queries are taken out of it at even distances, so that they are no rows; their
 * near-duplicates beside them stay.
 */
final class RealVectors implements VectorSource {
  private final VectorFile file;
  private final int queries;
  private final long distance;

  /**
   * @throws IllegalArgumentException if the file has too few vectors for so many queries
   */
  RealVectors(VectorFile file, int queries) {
    this.file = file;
    this.queries = queries;
    distance = file.count() / queries;
    if (distance < 2) {
      throw new IllegalArgumentException(
          "the file has %d vectors, too few for %d queries".formatted(file.count(), queries));
    }
  }

  @Override
  public String name() {
    return "real";
  }

  @Override
  public int dimension() {
    return file.dimension();
  }

  @Override
  public long rowsMax() {
    return file.count() - queries;
  }

  /** Each stretch of {@code distance} vectors begins with a query; rows are what is between. */
  @Override
  public void row(long row, float[] into) {
    long between = distance - 1;
    boolean isBetween = row < queries * between;
    file.read(isBetween ? row + row / between + 1 : row + queries, into);
  }

  @Override
  public void query(int query, long rows, float[] into) {
    file.read(query * distance, into);
  }
}
