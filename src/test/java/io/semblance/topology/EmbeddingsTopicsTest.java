package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.junit.jupiter.api.Test;

/** The topics that the streams wait for, as configuration. */
class EmbeddingsTopicsTest {
  private static final String TOPICS = "quarkus.kafka-streams.topics";
  private static final int APPLICATION_PROPERTIES = 250;
  private static final int ENVIRONMENT = 300;

  private static ConfigSource properties(Map<String, String> further) {
    Map<String, String> all = new HashMap<>(further);
    all.put(TOPICS, "image-uploads,image-embeddings");
    return new PropertiesConfigSource(all, "properties", APPLICATION_PROPERTIES);
  }

  private static SmallRyeConfig configuration(ConfigSource... sources) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(SemblanceConfiguration.class)
        .withSources(sources)
        .withSources(new EmbeddingsTopics())
        .build();
  }

  @Test
  void shouldAddATopicForEachModelForSearches() {
    SmallRyeConfig configuration =
        configuration(
            properties(
                Map.of(
                    "semblance.search-models.siglip.directory", "models/siglip",
                    "semblance.search-models.clip-large.directory", "models/clip",
                    "semblance.search-models.clip-large.device", "cpu")));

    assertThat(configuration.getValue(TOPICS, String.class))
        .isEqualTo(
            "image-uploads,image-embeddings,image-embeddings-clip-large,image-embeddings-siglip");
    assertThat(configuration.getConfigMapping(SemblanceConfiguration.class).searchModels())
        .containsOnlyKeys("clip-large", "siglip");
  }

  @Test
  void shouldReadTheModelsFromTheEnvironmentAsTheServiceDoes() {
    SmallRyeConfig configuration =
        configuration(
            properties(Map.of()),
            new EnvConfigSource(
                Map.of("SEMBLANCE_SEARCH_MODELS_CLIP_DIRECTORY", "models/clip"), ENVIRONMENT));

    assertThat(configuration.getValue(TOPICS, String.class))
        .isEqualTo("image-uploads,image-embeddings,image-embeddings-clip");
    assertThat(configuration.getConfigMapping(SemblanceConfiguration.class).searchModels())
        .containsOnlyKeys("clip");
  }

  @Test
  void shouldLeaveTheTopicsAsTheyAreWithoutSuchModels() {
    assertThat(configuration(properties(Map.of())).getValue(TOPICS, String.class))
        .isEqualTo("image-uploads,image-embeddings");
  }
}
