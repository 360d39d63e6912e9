package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ApplicationConfig;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which broker the clients of the service talk to. */
class KafkaSettingsTest {
  private static final int APPLICATION_PROPERTIES = 250;
  private static final int ENVIRONMENT = 300;
  private static final int SYSTEM_PROPERTIES = 400;
  private static final ApplicationConfig APPLICATION =
      new ApplicationConfig() {
        @Override
        public Optional<String> name() {
          return Optional.of("semblance");
        }

        @Override
        public Optional<String> version() {
          return Optional.empty();
        }

        @Override
        public Optional<String> uiHeader() {
          return Optional.empty();
        }
      };

  private static Map<String, Object> settings(ConfigSource... sources) {
    SmallRyeConfig config = new SmallRyeConfigBuilder().withSources(sources).build();
    return new KafkaSettings().settings(config, APPLICATION);
  }

  private static ConfigSource properties(int ordinal, String bootstrapServers) {
    return new PropertiesConfigSource(
        Map.of("kafka.bootstrap.servers", bootstrapServers), "properties " + ordinal, ordinal);
  }

  private static ConfigSource environment(Map<String, String> variables) {
    return new EnvConfigSource(variables, ENVIRONMENT);
  }

  /** How many properties there are decides in which order they come. */
  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1_000})
  void shouldTakeTheEmbeddedBrokerThoughTheEnvironmentNamesAnother(int furtherProperties) {
    Map<String, String> further = new HashMap<>();
    for (int i = 0; i < furtherProperties; i++) {
      further.put("further." + i, "");
    }
    assertThat(
            settings(
                new PropertiesConfigSource(further, "further", APPLICATION_PROPERTIES),
                properties(APPLICATION_PROPERTIES, "localhost:9092"),
                environment(Map.of("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9195")),
                properties(SYSTEM_PROPERTIES, "127.0.0.1:9093")))
        .containsEntry("bootstrap.servers", "127.0.0.1:9093");
  }

  @Test
  void shouldTakeTheBrokerOfTheEnvironmentBeforeTheDefault() {
    assertThat(
            settings(
                properties(APPLICATION_PROPERTIES, "localhost:9092"),
                environment(Map.of("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9195"))))
        .containsEntry("bootstrap.servers", "elsewhere:9195");
  }

  @Test
  void shouldKeepSettingsThatTheEnvironmentAloneNames() {
    assertThat(
            settings(
                properties(APPLICATION_PROPERTIES, "localhost:9092"),
                environment(Map.of("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"))))
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("bootstrap.servers", "localhost:9092");
  }
}
