package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.configuration.ConfigUtils;
import io.semblance.topology.SemblanceConfiguration;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartFailureTest {
  private static final Path STATE = Path.of("/var/lib/semblance");

  @Test
  void shouldSayWhereRoomIsNeeded() {
    Throwable failure =
        new IllegalStateException(
            "Failed to start",
            new UncheckedIOException(new IOException("No space left on device")));

    assertThat(StartFailure.explain(failure, STATE))
        .hasValueSatisfying(text ->
            assertThat(text)
                .startsWith("No space left on device: make room")
                .contains(STATE.toString()));
  }

  @Test
  void shouldNameThePropertyAndTheWrongValueInOneLine() {
    SmallRyeConfigBuilder builder =
        ConfigUtils.emptyConfigBuilder()
            .withMapping(SemblanceConfiguration.class)
            .withDefaultValue("semblance.embedding.batch-size-max", "many");

    Throwable failure = catchFailure(builder);

    assertThat(StartFailure.explain(new RuntimeException("Failed to start", failure), STATE))
        .hasValueSatisfying(text ->
            assertThat(text)
                .startsWith("the property semblance.embedding.batch-size-max is \"many\": ")
                .doesNotContain("\n", "SRCFG"));
  }

  @ParameterizedTest
  @CsvSource({
    "semblance.index.rows-per-segmnt, semblance.index.rows-per-segment",
    "semblance.indx.preload-vectors, semblance.index.preload-vectors",
    "semblance.embedding.batchsizemax, semblance.embedding.batch-size-max",
  })
  void shouldNameAnUnknownPropertyAndTheOneThatWasMeant(String unknown, String meant) {
    SmallRyeConfigBuilder builder =
        ConfigUtils.emptyConfigBuilder()
            .withMapping(SemblanceConfiguration.class)
            .withSources(new PropertiesConfigSource(Map.of(unknown, "1"), "test"));

    assertThat(StartFailure.explain(catchFailure(builder), STATE))
        .hasValueSatisfying(text ->
            assertThat(text)
                .startsWith(
                    "unknown property %s: did you mean %s? README.md".formatted(unknown, meant))
                .doesNotContain("\n", "SRCFG"));
  }

  private static Throwable catchFailure(SmallRyeConfigBuilder builder) {
    try {
      builder.build();
      throw new AssertionError("the value was taken");
    } catch (ConfigValidationException e) {
      return e;
    }
  }

  @Test
  void shouldSayHowABrokerIsNamed() {
    Throwable failure =
        new ConfigException("Invalid url in bootstrap.servers: no-port"); // as Kafka's clients do

    assertThat(StartFailure.explain(failure, STATE))
        .hasValueSatisfying(text -> assertThat(text).contains("--bootstrap-servers HOST:PORT"));
  }

  @Test
  void shouldLeaveAnUnknownCauseToItsStackTrace() {
    assertThat(StartFailure.explain(new IllegalStateException("a bug"), STATE)).isEmpty();
    assertThat(StartFailure.explain(new NullPointerException(), STATE)).isEmpty();
  }
}
