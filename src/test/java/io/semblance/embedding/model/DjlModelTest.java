package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DjlModelTest {
  @ParameterizedTest
  @CsvSource({
    "1, 64, 1",
    "2, 64, 2",
    "3, 64, 4",
    "33, 64, 64",
    "64, 64, 64",
    "33, 48, 48",
    "5, 5, 5"
  })
  void shouldPadToFewSizesThatFitTheBuffer(int count, int room, int rows) {
    assertThat(DjlModel.rowsAtLeast(count, room)).isEqualTo(rows);
  }
}
