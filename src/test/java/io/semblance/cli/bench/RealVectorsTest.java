package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealVectorsTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"10, 1", "10, 3", "10, 5", "11, 5", "4000, 64"})
  void shouldTakeEveryVectorEitherAsRowOrAsQuery(int count, int queries) throws Exception {
    Path file = directory.resolve("vectors");
    VectorFile.write(file, 2, count, (row, into) -> into[0] = row);
    try (VectorFile vectors = VectorFile.open(file, 2)) {
      RealVectors source = new RealVectors(vectors, queries);
      assertThat(source.rowsMax()).isEqualTo(count - queries);

      List<Integer> taken = new ArrayList<>();
      float[] vector = new float[2];
      for (long row = 0; row < source.rowsMax(); row++) {
        source.row(row, vector);
        taken.add((int) vector[0]);
      }
      for (int query = 0; query < queries; query++) {
        source.query(query, source.rowsMax(), vector);
        taken.add((int) vector[0]);
      }
      assertThat(taken)
          .containsExactlyInAnyOrderElementsOf(IntStream.range(0, count).boxed().toList());
    }
  }

  @Test
  void shouldRefuseAFileThatDoesNotHoldWholeVectorsOrTooFew() throws Exception {
    Path torn = Files.write(directory.resolve("torn"), new byte[20]);
    assertThatThrownBy(() -> VectorFile.open(torn, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 20 bytes, which is not a number of vectors of dimension 4");

    Path few = Files.write(directory.resolve("few"), new byte[4 * 16]);
    try (VectorFile vectors = VectorFile.open(few, 4)) {
      assertThatThrownBy(() -> new RealVectors(vectors, 3))
          .hasMessage("the file has 4 vectors, too few for 3 queries");
    }
  }
}
