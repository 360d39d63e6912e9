package io.semblance.vector;

import static org.assertj.core.api.Assertions.assertThat;

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
}
