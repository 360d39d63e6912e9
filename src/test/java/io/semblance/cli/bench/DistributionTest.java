package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistributionTest {
  @Test
  void shouldTakeTheNearestRank() {
    List<Double> values =
        new ArrayList<>(IntStream.rangeClosed(1, 200).mapToObj(Double::valueOf).toList());
    Collections.shuffle(values, new Random(7));

    assertThat(Distribution.of(values)).isEqualTo(new Distribution(200, 100, 198, 200));
  }

  @Test
  void shouldNotHideTheWorstOfFewValuesBehindThePercentile() {
    assertThat(Distribution.of(List.of(3.0, 1.0, 2.0)))
        .isEqualTo(new Distribution(3, 2.0, 3.0, 3.0));
  }

  @Test
  void shouldSummariseOneValue() {
    assertThat(Distribution.of(List.of(4.5))).isEqualTo(new Distribution(1, 4.5, 4.5, 4.5));
  }

  @Test
  void shouldAverageTheMiddleTwoForTheMedian() {
    assertThat(Distribution.median(List.of(10.0, 1.0, 4.0, 2.0))).isEqualTo(3.0);
    assertThat(Distribution.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2.0);
  }

  @Test
  void shouldRefuseNothing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Distribution.of(List.of()))
        .withMessage("nothing was measured");
    assertThatIllegalArgumentException().isThrownBy(() -> Distribution.median(List.of()));
  }
}
