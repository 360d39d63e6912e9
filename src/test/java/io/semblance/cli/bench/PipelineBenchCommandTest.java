package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.semblance.topology.SemblanceConfiguration;
import io.smallrye.config.WithDefault;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PipelineBenchCommandTest {
  @Test
  void shouldMeasureTheServiceWithItsOwnBatchSizeByDefault() throws NoSuchMethodException {
    String service =
        SemblanceConfiguration.Embedding.class
            .getMethod("batchSizeMax")
            .getAnnotation(WithDefault.class)
            .value();

    assertThat(
            new CommandLine(new PipelineBenchCommand())
                .getCommandSpec()
                .findOption("--batch-size-max")
                .defaultValue())
        .isEqualTo(service);
  }
}
