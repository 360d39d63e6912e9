package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedCopiesTest {
  private static final Path PHOTOGRAPHS = Path.of("src/main/resources/demo");
  private static final int COPIES = 9;
  private static final long SEED = 5;

  @TempDir private Path directory;

  @Test
  void shouldContinueAFileWhereARunWasStopped() throws Exception {
    System.out.printf("seed %d%n", SEED);
    List<Path> available = Photographs.files(PHOTOGRAPHS);
    Path folder = Files.createDirectory(directory.resolve("photographs"));
    for (Path photograph : available.subList(0, 3)) {
      Files.copy(photograph, folder.resolve(photograph.getFileName()));
    }
    Path whole = directory.resolve("whole.f32");
    write(folder, COPIES, whole);
    Path stopped = Files.copy(whole, directory.resolve("stopped.f32"));
    int vectorBytes = (int) (Files.size(whole) / (3 * COPIES));
    try (RandomAccessFile file = new RandomAccessFile(stopped.toFile(), "rw")) {
      file.setLength(10L * vectorBytes + 5);
    }

    write(folder, COPIES, stopped);

    int dimension = vectorBytes / Float.BYTES;
    try (VectorFile expected = VectorFile.open(whole, dimension);
        VectorFile found = VectorFile.open(stopped, dimension)) {
      assertThat(found.count()).isEqualTo(3 * COPIES);
      float[] left = new float[dimension];
      float[] right = new float[dimension];
      for (int i = 0; i < found.count(); i++) {
        expected.read(i, left);
        found.read(i, right);
        double cosine = 0;
        for (int j = 0; j < dimension; j++) {
          cosine += left[j] * right[j];
        }
        // Batches of other images may change the last bits.
        assertThat(cosine).as("vector %d", i).isCloseTo(1, within(1e-4));
      }
    }
    assertThatThrownBy(() -> write(folder, 2, stopped))
        .hasMessage("the file has 27 vectors already, more than the 6 wanted");
  }

  private static void write(Path folder, int copies, Path file) throws Exception {
    EmbeddedCopies.write(Path.of("."), List.of(folder), copies, SEED, file, text -> {});
  }
}
