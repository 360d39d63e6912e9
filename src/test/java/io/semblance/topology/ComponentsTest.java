package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComponentsTest {
  private static final String TEXTS_OF_MATCHING = "semblance-embed-texts-matching";

  @Test
  void shouldCloseTheModelsIfThePipelineCannotBeMade() {
    Components components =
        new Components(
            new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(SemblanceConfiguration.class)
                .withDefaultValues(
                    Map.of(
                        "semblance.model.directory", "src/test/resources/models/clip-tiny",
                        "semblance.image.fetch.redirects-max", "-1"))
                .build()
                .getConfigMapping(SemblanceConfiguration.class));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            components.embeddingResources(
                new ImageDecoder(ImageLimits.DEFAULT, true), new SimpleMeterRegistry()))
        .withMessageContaining("semblance.image.fetch.redirects-max");
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain(TEXTS_OF_MATCHING);
  }
}
