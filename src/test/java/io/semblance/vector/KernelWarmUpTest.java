package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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
  void shouldGoAllItsRoundsOnAnIndexOfFiles(@TempDir Path directory) throws IOException {
    int rounds = new KernelWarmUp(Kernels.scalar(), 64, 5, Duration.ofMinutes(1)).run(directory);

    assertThat(rounds).isEqualTo(5);
    assertThat(directory.resolve("manifest")).exists();
  }

  @Test
  void shouldLeaveTimeForBatchesWhereSingleSearchesTakeLong(@TempDir Path directory)
      throws IOException {
    int rounds =
        new KernelWarmUp(Kernels.scalar(), 64, Integer.MAX_VALUE, Duration.ofMillis(200))
            .run(directory);

    assertThat(rounds).isPositive();
  }
}
