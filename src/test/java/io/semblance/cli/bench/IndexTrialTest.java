package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexTrialTest {
  @TempDir private Path directory;

  private IndexReport report() throws Exception {
    IndexTrial.Plan plan =
        new IndexTrial.Plan(Path.of("."), directory, 2, 6, List.of(1, 2), Duration.ofMillis(200));
    SyntheticVectors source = new SyntheticVectors(SyntheticVectors.Kind.CLIP, 96, 3);
    return new IndexReport(
        new Machine("Some CPU", "AVX2", 2, 24_000, "OpenJDK 25", "Linux 6", 3.5),
        4.5,
        3,
        2,
        null,
        List.of(new IndexTrial(plan, source, 3_000, null, progress -> {}).run()));
  }

  @Test
  void shouldMeasureEverythingAndFindBruteForcesAnswers() throws Exception {
    IndexReport report = report();

    IndexReport.Trial trial = report.trials().getFirst();
    assertThat(trial.rows()).isEqualTo(3_000);
    assertThat(trial.matchesPerQuery()).isPositive();
    assertThat(trial.searches()).hasSize(6);
    assertThat(trial.searches()).allMatch(search -> search.millis().min() > 0);
    assertThat(trial.searches())
        .allSatisfy(search ->
            assertThat(search.millisPerQuery().median() * search.queriesAtOnce())
                .isCloseTo(search.millis().median(), within(1e-9)));
    assertThat(trial.fillRowsPerSecond()).isPositive();
    assertThat(trial.insertions()).containsOnlyKeys(IndexTrial.Engine.SEMBLANCE);
    assertThat(trial.inserting().rowsPerSecond().min()).isPositive();
    assertThat(trial.inserting().insertingElapsedP99().min()).isPositive();
    assertThat(trial.restart().newProcess()).isFalse();
    assertThat(trial.restart().open().min()).isPositive();
    assertThat(trial.restart().steady().min()).isPositive();
    // 3 rounds of 6 and 6 queries and batches of 64, on one and then on two threads; 6 idle and 6
    // inserting in each; 6 in each of 2 reopenings.
    assertThat(trial.identity().compared())
        .isEqualTo(3 * (6 + 6 + 64) + 3 * (6 + 6 + 2 * 64) + 3 * 12 + 2 * 6);
    assertThat(trial.identity().different()).isZero();
    assertThat(report.isExact()).isTrue();

    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.path("trials").path(0).path("searches").path(0).path("measure").asText())
        .isEqualTo("TOP");
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertThat(report.text())
          .contains("3,000 rows × 96")
          .contains("load 3.5 before, 4.5 after")
          .containsPattern("threshold 0.90, 64 queries at once, 2 threads +\\d")
          .containsPattern("    the whole batch of 64 +\\d")
          .contains("ms of one query", "filled once", "median of the first ten")
          .contains("696 answers compared, 0 different");
    } finally {
      Locale.setDefault(before);
    }
  }
}
