package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelWarmUpTest {
  /** Otherwise what rows in several parts need would be compiled as if it never came. */
  @ParameterizedTest
  @ValueSource(ints = {160, 256, 512, 768, 1_024, 2_048})
  void shouldWarmUpOnRowsInSeveralParts(int dimension) {
    Codebook codebook = new KernelWarmUp(Kernels.scalar(), dimension).codebook();

    assertThat(codebook.slabsByDimension()).isEqualTo(CodeLayout.PART_SLABS);
    assertThat(codebook.rowParts()).isGreaterThan(1);
  }

  @Test
  void shouldLeaveNoFilesBehind(@TempDir Path folder) throws IOException {
    Path directory = Files.createDirectory(folder.resolve("warm-up"));

    new KernelWarmUp(Kernels.scalar(), 64).run(directory);

    assertThat(folder).isEmptyDirectory();
  }
}
