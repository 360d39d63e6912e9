package io.semblance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommitBudgetTest {
  private static final long START = TimeUnit.DAYS.toNanos(3);

  @Test
  void shouldAllowABurstAndThenItsRate() {
    CommitBudget budget = new CommitBudget(START);

    assertThat(taken(budget, START)).isEqualTo(CommitBudget.BURST);
    assertThat(taken(budget, START)).isZero();
    assertThat(taken(budget, START + TimeUnit.MILLISECONDS.toNanos(500)))
        .isEqualTo(CommitBudget.PER_SECOND / 2);
  }

  @Test
  void shouldSaveNoMoreThanABurst() {
    CommitBudget budget = new CommitBudget(START);
    taken(budget, START);

    assertThat(taken(budget, START + TimeUnit.HOURS.toNanos(1))).isEqualTo(CommitBudget.BURST);
  }

  private static int taken(CommitBudget budget, long now) {
    int taken = 0;
    while (taken < 1_000 && budget.tryTake(now)) {
      taken++;
    }
    return taken;
  }
}
